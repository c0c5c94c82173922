import { claimOfDays } from '../../evidence/claims.ts';
import type { Difference } from '../../evidence/coverage.store.ts';
import { type Doubt, describeDays, doubt } from '../../evidence/doubts.ts';
import { addAgain, addPart, countReceived, nothingReceived, type Received } from '../../evidence/received.ts';
import type { Resource } from '../../records/resource.ts';
import { keyOf } from '../../records/row.ts';
import type { Period } from '../../time/period.ts';
import type { Database } from '../../warehouse/connection/database.ts';
import { readAgentIds } from '../known-agents.store.ts';

/**
 * A window that is asked for in parts. `cap`: how many records an answer has at most, as far as is known; `countsLess`: the report counts
 * less than there is, so that nobody knows when all are there; `received`: how many came.
 */
export type Parts = {
  database: Database;
  resource: Resource;
  cap: number;
  countsLess: boolean;
  received: number;
  differences: Difference[];
  doubts: Doubt[];
  fetchDays(days: Period, filters?: Record<string, string>): Promise<Received>;
};

/**
 * Asks for a day whose records do not come at once by what distinguishes them: by agent, and where that is too much, by more. Stops when as
 * many came as the report says, where it does not count less than there is. Adds what is lacking to the differences, or a doubt where no
 * report tells.
 */
export async function splitDay(parts: Parts, day: Period, reported: number | undefined): Promise<Received> {
  const { database, resource } = parts;
  const { filters } = resource;
  const seen = new Set<string>();
  const isMissing = () => reported === undefined || parts.countsLess || seen.size < reported;
  const take = async (filter: Record<string, string>): Promise<Received> => {
    const brought = await parts.fetchDays(day, filter);
    for (const row of brought.stored) seen.add(keyOf(row, resource));
    return brought;
  };
  let whole = nothingReceived();
  let isCut = false;
  for (const id of filters ? await readAgentIds(database, resource, filters.agent) : []) {
    if (!filters || !isMissing()) break;
    const agent = { [filters.agent]: String(id) };
    const ofAgent = await take(agent);
    if (countReceived(ofAgent) < parts.cap) {
      whole = addPart(whole, ofAgent, resource);
      continue;
    }
    let byMore = nothingReceived();
    let fits = false;
    for (const filter of filters.others) {
      if (!isMissing()) break;
      const part = await take({ ...agent, ...filter });
      fits ||= countReceived(part) < parts.cap;
      byMore = addPart(byMore, part, resource);
    }
    isCut ||= !fits;
    whole = addPart(whole, addAgain(ofAgent, byMore, resource), resource);
  }
  if (reported === undefined || (parts.countsLess && seen.size >= reported)) {
    const about = { resource: resource.name, claim: claimOfDays(resource.name, day), subject: describeDays(day), days: day };
    if (isCut) parts.doubts.push(doubt(about, 'cut', { received: parts.cap }));
  } else if (seen.size < reported) parts.differences.push({ period: day, sourceTotal: reported, warehouseTotal: seen.size });
  return whole;
}
