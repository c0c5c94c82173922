/** Sizes that pages of APIs have: a list of just such a length may be cut. */
const PAGE_SIZES = [25, 50, 100, 200, 250, 500, 1_000];

/** Whether a number of records could be the size of a page. */
export const isPageSize = (count: number): boolean => PAGE_SIZES.includes(count) || (count > 0 && count % 100 === 0);
