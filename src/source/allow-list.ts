import type { Resource } from '../records/resource.ts';

/**
 * The reads this program may make. The key can write, and some GETs of the API do, so what no resource declares does not leave the process.
 * A request is its path, with numbers for what is in braces, and the parameters it may carry, with the values they may have.
 */
export type Read = { path: string; query: Readonly<Record<string, RegExp | readonly string[]>> };

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
  const chosen = [
    query,
    ...(scope.over === 'combinations' ? scope.of : []),
    ...(scope.over === 'eachChat' && scope.fewer ? [scope.fewer] : []),
    ...(filters?.others ?? []),
  ];
  const read = {
    path,
    query: {
      ...days,
      ...valuesOf(chosen),
      ...(filters && { [filters.agent]: ID }),
      ...(scope.over === 'eachChat' && { [scope.chat]: ID, ...(scope.visitor && { [scope.visitor]: /./ }) }),
      ...(pages && { [pages.parameter]: ID }),
    },
  };
  return [read, ...(report?.paths ?? []).map((of) => ({ path: of, query: days }))];
}

/** For each parameter, the values that it takes. */
function valuesOf(parameters: readonly Readonly<Record<string, string>>[]): Record<string, string[]> {
  const names = [...new Set(parameters.flatMap(Object.keys))];
  return Object.fromEntries(names.map((name) => [name, [...new Set(parameters.flatMap((of) => of[name] ?? []))]]));
}

/** Whether a path is one that is declared, with a number wherever that has something in braces. */
export function isPathOf({ path: declared }: Read, path: string): boolean {
  const [begin = '', ...parts] = declared.split(/\{\w+\}/);
  if (!path.startsWith(begin)) return false;
  let rest = path.slice(begin.length);
  for (const part of parts) {
    const id = /^\d+/.exec(rest)?.[0];
    if (id === undefined || !rest.startsWith(part, id.length)) return false;
    rest = rest.slice(id.length + part.length);
  }
  return rest === '';
}

/** Whether a parameter of a read may have a value. */
function isValueOf({ query }: Read, name: string, value: string): boolean {
  const allowed = Object.hasOwn(query, name) ? query[name] : undefined;
  return allowed instanceof RegExp ? allowed.test(value) : (allowed?.includes(value) ?? false);
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
    (read) => isPathOf(read, path) && Object.entries(query).every(([name, value]) => isValueOf(read, name, value) || isPaging(name, value)),
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
