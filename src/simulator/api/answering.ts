import type { Account } from '../account/account.ts';
import { addSeconds, HOUR } from '../account/time.ts';
import { type Answer, nothing } from './answers.ts';
import { complain } from './complaints.ts';
import type { Endpoint } from './endpoint.ts';
import { writeBody } from './notation.ts';
import type { Oddities } from './oddities.ts';
import { isRefused } from './period-asked.ts';
import { createPresenter } from './presenter.ts';
import { ROUTES, type Route } from './routes.ts';

/** Answers requests for paths below /api/v1 from an account. */
export type Answering = {
  /** The read that a path is, if it is one. */
  routeOf(path: string): Route | undefined;
  answer(route: Route, path: string, query: URLSearchParams, oddities: Oddities): Answer;
};

const isJustList = (body: unknown): body is { data: unknown[] } =>
  typeof body === 'object' && body !== null && 'data' in body && Array.isArray(body.data) && Object.keys(body).length === 1;

/** Who answers, and remembers the complaints. `base`: what comes before the paths. */
export function createAnswering(account: Account, base = ''): Answering {
  const complaints = new Map<Endpoint, number>();

  function bare(route: Route, path: string, query: URLSearchParams, oddities: Oddities): Answer {
    if (!Object.entries(route.needs).every(([name, isGood]) => isGood(query.get(name) ?? ''))) return 'bad request';
    const [start, end] = [query.get('start_date'), query.get('end_date')];
    if (start && end && isRefused(start, end, account.now(), oddities)) return 'bad request';
    if (oddities.lacks.includes(route.endpoint)) return nothing(oddities);
    const { id, folder } = route.path.exec(path)?.groups ?? {};
    const snapshot = account.asOf(addSeconds(account.now(), -oddities.staleHours * HOUR));
    const present = createPresenter(snapshot, oddities);
    return route.answer({ id: Number(id), folder, path: base + path, query, snapshot, present, oddities });
  }

  return {
    routeOf: (path) => ROUTES.find((known) => known.path.test(path)),
    answer(route, path, query, oddities) {
      const answer = bare(route, path, query, oddities);
      if (typeof answer === 'string') return answer;
      const made = complaints.get(route.endpoint) ?? 0;
      const body = complain(answer.body, oddities.complaints[route.endpoint], made);
      if (body !== answer.body) complaints.set(route.endpoint, made + 1);
      const written = writeBody(body, oddities);
      return { body: oddities.bareLists && isJustList(written) ? written.data : written };
    },
  };
}
