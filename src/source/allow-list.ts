/**
 * The reads this program may make. The key can write, and some GETs of the API do (L1015, L1525, L1576, L1720), so what is not
 * listed here does not leave the process. A request is its path, with numbers for ids, and the parameters it may carry.
 */
const DAYS = { start_date: /^\d{4}-\d{2}-\d{2}$/, end_date: /^\d{4}-\d{2}-\d{2}$/ };
const ID = /^\d+$/;

/** Nothing is in it that the program does not ask for. */
export const READS: readonly { path: RegExp; query: Record<string, RegExp> }[] = [
  { path: /^\/(agents|groups|visitors)\.json$/, query: {} },
  { path: /^\/agent_groups\/\d+\.json$/, query: {} },
  {
    path: /^\/chats\.json$/,
    query: { ...DAYS, agent_id: ID, rating: /^(poor|ok|great)_chats$/, missed: /^(missed|serviced)_chats$/ },
  },
  { path: /^\/(chats|agents)\/report\.json$/, query: DAYS },
  { path: /^\/messages\.json$/, query: { chat_id: ID, visitor_username: /./, include_admin: /^true$/ } },
  { path: /^\/agent_activities\/agent_id\/\d+\.json$/, query: DAYS },
  { path: /^\/q_tasks\.json$/, query: { after: ID, task_type: /^(operational|machine_learning)$/, is_resolved: /^[01]$/ } },
];

/** Parameters by which sources continue lists, where an answer links to its next page: undocumented, and they only choose a page. */
const PAGING = /^(page|per_page|page_size|limit|offset|cursor|start|skip|page\[(number|size|limit|offset|cursor|after)\])$/;
const PLACE = /^[\w.:=+/-]{1,500}$/;
const isPaging = (name: string, value: string): boolean => PAGING.test(name) && PLACE.test(value);

/** Whether a request is one of the declared reads, or a further page of one. */
export function isAllowed(path: string, query: Readonly<Record<string, string>>): boolean {
  return READS.some(
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
