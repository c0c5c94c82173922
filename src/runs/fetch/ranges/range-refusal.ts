import { ApiError } from '../../../source/api-error.ts';

/** Statuses by which a source refuses a range of days: too many of them, or an end in the future. */
const REFUSED: readonly (number | undefined)[] = [400, 413, 422, 504];

/** Whether an error can mean that a range of days was too long, or ends in the future. */
export const isRangeRefused = (error: unknown): error is ApiError =>
  error instanceof ApiError && (error.failure === 'too_large' || REFUSED.includes(error.status));

/** Statuses besides those of a failing source, 500 and up, by which it may give up on a range of days that is too long. */
const GIVEN_UP: readonly (number | undefined)[] = [408, 414];

/** Whether an error can mean that a range of days took the source too long, and as well that it is down. */
const mayBeTooLong = (error: unknown): error is ApiError =>
  error instanceof ApiError &&
  error.retryAfterMs === undefined &&
  (error.failure === 'timeout' || GIVEN_UP.includes(error.status) || (error.status ?? 0) >= 500);

/** What was fetched, or how the range of days was refused. `isShorterAnswered`: asked where the source failed for days that may be too many. */
export const unlessRefused = async <T>(
  fetch: () => Promise<T>,
  isShorterAnswered: () => Promise<boolean> = async () => false,
): Promise<{ result: T } | { refusal: ApiError }> =>
  fetch().then(
    (result) => ({ result }),
    async (refusal: unknown) => {
      if (isRangeRefused(refusal) || (mayBeTooLong(refusal) && (await isShorterAnswered()))) return { refusal };
      throw refusal;
    },
  );
