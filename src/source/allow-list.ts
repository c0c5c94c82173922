import type { Resource } from '../records/resource.ts';

/**
 * The reads this program may make. The key can write, and some GETs of the API do, so what no resource declares does not leave the process.
 * A request is its path, with numbers for ids, and the parameters it may carry.
 */
export type Read = { path: RegExp; query: Readonly<Record<string, RegExp>> };

const DAY = /^\d{4}-\d{2}-\d{2}$/;
const ID = /^\d+$/;

/** GETs that write, so that a resource which is declared wrongly is refused all the same (L1015, L1525, L1576, L1720). */
const WRITES: readonly { path: RegExp; parameter?: string }[] = [
  { path: /^\/chats\/transfer\b/ },
  { path: /^\/q_tasks\/./ },
  { path: /^\/visitors\b/, parameter: 'visitor_username' },
];

/** The reads that resources declare: of their records, and of the report that counts them. */
export const readsOf = (resources: readonly Resource[]): Read[] => resources.flatMap(readsOfOne);

function readsOfOne({ path, scope, window, pages, query = {}, filters, report }: Resource): Read[] {
  const days = window ? { [window.from]: DAY, [window.until]: DAY } : {};
  const chosen = [query, ...(scope.over === 'combinations' ? scope.of : []), ...(filters?.others ?? [])];
  const read = {
    path: exactly(path.split(/\{\w+\}/), '\\d+'),
    query: {
      ...days,
      ...valuesOf(chosen),
      ...(filters && { [filters.agent]: ID }),
      ...(scope.over === 'eachChat' && { [scope.chat]: ID, ...(scope.visitor && { [scope.visitor]: /./ }) }),
      ...(pages && { [pages.parameter]: ID }),
    },
  };
  return [read, ...(report?.paths ?? []).map((of) => ({ path: exactly([of]), query: days }))];
}

/** Texts one after another, with what may be between them; any of several when that is `|`. */
const exactly = (texts: readonly string[], between = ''): RegExp =>
  new RegExp(`^(?:${texts.map((text) => text.replace(/[^\w/]/g, '\\$&')).join(between)})$`);

/** For each parameter, the values that it takes. */
function valuesOf(parameters: readonly Readonly<Record<string, string>>[]): Record<string, RegExp> {
  const names = [...new Set(parameters.flatMap(Object.keys))];
  return Object.fromEntries(names.map((name) => [name, exactly([...new Set(parameters.flatMap((of) => of[name] ?? []))], '|')]));
}

/** Parameters by which sources continue lists, where an answer links to its next page: undocumented, and they only choose a page. */
const PAGING = /^(page|per_page|page_size|limit|offset|cursor|start|skip|page\[(number|size|limit|offset|cursor|after)\])$/;
const PLACE = /^[\w.:=+/-]{1,500}$/;
const isPaging = (name: string, value: string): boolean => PAGING.test(name) && PLACE.test(value);

/** Whether a request is one of the declared reads, or a further page of one. */
export function isAllowed(reads: readonly Read[], path: string, query: Readonly<Record<string, string>>): boolean {
  const isWrite = WRITES.some((write) => write.path.test(path) && (write.parameter === undefined || Object.hasOwn(query, write.parameter)));
  if (isWrite) return false;
  return reads.some(
    (read) =>
      read.path.test(path) &&
      Object.entries(query).every(
        ([name, value]) => (Object.hasOwn(read.query, name) && read.query[name]?.test(value)) || isPaging(name, value),
      ),
  );
}

/** The parameters of a link, when they are those of `query` and others of paging; undefined when they are not, or add none. */
export function pagingOf(
  linked: Readonly<Record<string, string>>,
  query: Readonly<Record<string, string>>,
): Record<string, string> | undefined {
  const keepsOurs = Object.entries(query).every(([name, value]) => linked[name] === value);
  const added = Object.entries(linked).filter(([name]) => !Object.hasOwn(query, name));
  return keepsOurs && added.length > 0 && added.every(([name, value]) => isPaging(name, value)) ? { ...linked } : undefined;
}
