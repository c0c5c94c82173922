import { sqlState } from '../../errors.ts';
import { mustWrite, waysTo } from '../../settings/database-ways.ts';
import { classifyError } from './error-class.ts';

/** Ways to a database: to one host or another, with TLS or without. */
export type Ways = {
  /** The URL to connect to: of the way that led there last, or of the first. */
  current(): string;
  /**
   * Takes the next way after one that failed with `error`: the same host without TLS, or with it, where that is what kept it; another host
   * where this one is away. False when there is none, and the next try begins with the first again.
   */
  leave(tried: string, error: unknown): boolean;
  /** Whether a server that only reads is none of those meant. */
  mustWrite: boolean;
};

/** Errors for which the same host may take a connection with TLS, or without it. */
const OF_TLS: readonly (string | undefined)[] = ['NO_TLS', '28000'];

/** The ways that a URL names, with the first of them taken. */
export function createWays(url: string): Ways {
  const ways = waysTo(url);
  let at = 0;
  return {
    current: () => ways[at]?.url ?? url,
    leave(tried, error) {
      const way = ways.findIndex((one) => one.url === tried);
      const isOfTls = OF_TLS.includes(sqlState(error));
      const isAway = classifyError(error)?.is === 'unavailable';
      const next = ways.findIndex(({ host }, i) => i > way && (isOfTls ? host === ways[way]?.host : isAway && host !== ways[way]?.host));
      // Another connection may have continued already.
      if (ways[at]?.url === tried) at = Math.max(0, next);
      return next !== -1;
    },
    mustWrite: mustWrite(url),
  };
}
