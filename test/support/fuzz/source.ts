import type { Account } from '../../../src/simulator/account/account.ts';
import type { Snapshot } from '../../../src/simulator/account/snapshot.ts';
import type { Oddities } from '../../../src/simulator/api/oddities.ts';
import { visitorTold } from '../../../src/simulator/api/telling.ts';
import { expectedTables } from '../oracle.ts';
import type { Row, Tables } from '../read-tables.ts';

const DAY_MS = 86_400_000;
/** A weekly list that is older than this should have been read again. */
const WEEK_MS = 7.5 * DAY_MS;

/** When paths were last answered, in the account's time. */
export type LastRead = ReadonlyMap<string, Date>;

/**
 * What the warehouse must hold of the source: the account as it is now, as the source's oddities tell of it. The groups of an agent are
 * read weekly: they are as they were when they were read. Activity is left out.
 */
export function sourceTables(account: Account, oddities: Oddities, lastRead: LastRead): Tables {
  const now = account.asOf();
  const visitors = new Map([...now.visitors].map(([id, visitor]) => [id, visitorTold(visitor, now, oddities)]));
  const agentGroups = [...now.agents.keys()].flatMap((id) =>
    account.asOf(momentOf(lastRead, `/agent_groups/${id}.json`, now.at)).agentGroups.filter(({ agentId }) => agentId === id),
  );
  // Activity, most rows of all by far, is compared by itself.
  const told: Snapshot = { ...now, visitors, agentGroups, activitiesOf: () => [] };
  return spell(expectedTables({ ...account, asOf: () => told }), oddities);
}

/** When a list was last read, or now, when that was never, or too long ago. */
function momentOf(lastRead: LastRead, path: string, now: Date): Date {
  const at = lastRead.get(path);
  return at && now.getTime() - at.getTime() < WEEK_MS ? at : now;
}

/** Columns that the source leaves out everywhere. */
function spell(tables: Tables, { withoutClient, withoutUpdates }: Oddities): Tables {
  const lost = (row: Row): Row => ({
    ...(withoutClient && 'client_id' in row ? { client_id: 0 } : {}),
    ...(withoutUpdates && 'updated_at' in row ? { updated_at: null } : {}),
  });
  return Object.fromEntries(Object.entries(tables).map(([name, rows]) => [name, rows.map((row) => ({ ...row, ...lost(row) }))])) as Tables;
}
