import type pg from 'pg';
import type { Row, Tables } from '../read-tables.ts';
import type { Difference, EverHad } from './compare.ts';
import { type Situation, strictnessOf } from './strictness.ts';
import { type Compared, KINDS } from './tables.ts';

const LISTED: readonly Compared[] = ['chatrhub.agents', 'chatrhub.groups', 'chatrhub.agent_groups', 'chatrhub.chats', 'chatrhub.visitors'];

/** Where a record is marked as gone and is not, or is gone and not marked, as far as a list of the source can tell: what none had is unknown. */
export async function compareMarks(
  pool: Pick<pg.Pool, 'query'>,
  expected: Tables,
  situation: Situation,
  had: EverHad,
): Promise<Difference[]> {
  const found: Difference[] = [];
  for (const table of LISTED) {
    const { subject, keyOf } = KINDS[table];
    const present = new Set(expected[table].map(keyOf));
    const { rows } = await pool.query<Row>(`select *, source_missing_since is not null as is_marked from ${table}`);
    for (const row of rows) {
      const isPresent = present.has(keyOf(row));
      if (!had.get(table)?.has(keyOf(row))) continue;
      if (row.is_marked === !isPresent || row.is_inferred === true || !isTold(table, row, isPresent, expected, situation)) continue;
      found.push({ subject, what: `${table} ${keyOf(row)}: is ${row.is_marked ? 'marked as gone, and is not' : 'gone, and not marked'}` });
    }
  }
  return found;
}

/** Whether the source's own list tells that a record is there, or that it is gone. */
function isTold(table: Compared, row: Row, isPresent: boolean, expected: Tables, situation: Situation): boolean {
  const { type = '', keyOf } = KINDS[table];
  const { seen, now, lookbackFrom, loadedFrom, isWeekly, isCounted } = situation;
  const key = keyOf(row);
  // Of a list that is cut or leaves something out, nothing but what it shows is sure.
  if (seen && (!isPresent || !seen.isListed(type, key))) return false;
  if (isPresent) return strictnessOf(table, row, situation) !== 'any';
  if (table === 'chatrhub.agent_groups')
    // An agent without groups is believed at a second look; one who is gone himself is another matter.
    return now.agents.has(Number(row.agent_id)) && expected[table].some(({ agent_id: id }) => id === Number(row.agent_id));
  if (table !== 'chatrhub.chats') return true;
  const createdAt = row.created_at as Date;
  return isCounted && createdAt >= loadedFrom && (createdAt >= lookbackFrom || isWeekly);
}
