import type { Read } from './allow-list.ts';
import { ApiError } from './api-error.ts';

/** What a request is refused with at an endpoint, in a run. */
type RefusedAt = { runId: number | null; endpoint: string; path: string; label: string };

/** Asks a declared list once, and says with which status it was answered, if it was. */
type AskOnce = (path: string) => Promise<number | undefined>;

/** Tells whether what is refused is one endpoint, which is left then, or everything: another one is asked for that. */
export type OtherEndpoints = {
  /** The error of a 401 of one endpoint whose key is good for others; undefined where it is not. Asks once in a run for each endpoint. */
  refusesKey(refused: RefusedAt, ask: AskOnce): Promise<ApiError | undefined>;
  /** The same of an endpoint that has answered 429 so often in a row; it is left for the rest of the run. Asks now and then. */
  refusesAlone(refused: RefusedAt, times: number, ask: AskOnce): Promise<ApiError | undefined>;
  /** The error of an endpoint that was left. */
  left(refused: RefusedAt): ApiError | undefined;
};

/** So many 429 in a row of one endpoint, whose pauses have grown, are followed by a look at another one. */
const SEVERAL = 6;

/** For the time of a client. `reads`: what may be asked for; the first shows whether the key is good. */
export function createOtherEndpoints(reads: readonly Read[]): OtherEndpoints {
  const lists = reads.map(({ path }) => path).filter((path) => !path.includes('{'));
  const good = new Map<string, Promise<boolean>>();
  const left = new Map<string, number>();
  const nameOf = ({ runId, endpoint }: RefusedAt) => `${runId} ${endpoint}`;

  function errorOf(refused: RefusedAt): ApiError | undefined {
    const times = left.get(nameOf(refused));
    const what = `too many requests (429), ${times} times in a row, while other endpoints answer: it is left for the next run`;
    return times === undefined ? undefined : new ApiError('rate_limited', refused.label, what, { status: 429 });
  }

  return {
    async refusesKey(refused, ask) {
      const [first = refused.path] = lists;
      const isGood = async () => first !== refused.path && (await ask(first)) !== 401;
      const known = good.get(nameOf(refused)) ?? isGood();
      good.set(nameOf(refused), known);
      const what = 'the API key is refused for this endpoint (401), and not for others: check what the key may read';
      return (await known) ? new ApiError('refused', refused.label, what, { status: 401 }) : undefined;
    },
    async refusesAlone(refused, times, ask) {
      const other = lists.find((path) => path !== refused.path);
      if (times % SEVERAL === 0 && other && (await ask(other)) === 200) left.set(nameOf(refused), times);
      return errorOf(refused);
    },
    left: errorOf,
  };
}
