import { countReceived, fullBySign, type Received } from '../received.ts';

/** Sizes that pages of APIs have: a list of just such a length may be cut. */
const PAGE_SIZES = [25, 50, 100, 200, 250, 500, 1_000];

const isPageSize = (count: number): boolean => PAGE_SIZES.includes(count) || (count > 0 && count % 100 === 0);

/** Whether an answer could be a full page: by its size, or as it says itself. */
export const isPage = (received: Received): boolean => isPageSize(countReceived(received)) || fullBySign(received) !== undefined;
