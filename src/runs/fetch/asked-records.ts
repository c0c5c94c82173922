import { rowsOfDays } from '../../evidence/list-filter.ts';
import type { Row } from '../../records/resource.ts';
import type { PlannedRequest } from '../../source/request-plan.ts';
import { isDone, type Pages } from './list-state.ts';

/** Those of the records of an answer that were asked for: of these days, of this agent, of this list. */
export function askedOf(planned: PlannedRequest, rows: readonly Row[]): readonly Row[] {
  const { resource, query, defaults } = planned;
  const { window, scope, pages } = resource;
  const ofScope =
    scope.over === 'eachAgent' ? rows.filter((row) => Object.entries(defaults).every(([name, id]) => row[name] === id)) : rows;
  const ofList = pages?.done ? ofScope.filter(isOfList(planned, pages, pages.done)) : ofScope;
  const [from, last] = window ? [query[window.from], query[window.until]] : [];
  return from && last ? rowsOfDays(ofList, from, last) : ofList;
}

/** Whether a record may be in a list, or says that it belongs into another. One that does not say so, or says it in words of its own, may. */
function isOfList(planned: PlannedRequest, pages: Pages, { attribute, kind }: NonNullable<Pages['done']>): (row: Row) => boolean {
  const { scope } = planned.resource;
  const kinds: unknown[] = scope.over === 'combinations' ? scope.of.map((of) => of[kind]) : [];
  const ofDone = isDone(planned, pages);
  return (row) => (row[attribute] ?? ofDone) === ofDone && (row[kind] === planned.query[kind] || !kinds.includes(row[kind]));
}
