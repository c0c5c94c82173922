import { AlreadyClaimedError } from '../errors.ts';
import type { Client, Database } from '../warehouse/connection/database.ts';
import { isHeld } from '../warehouse/connection/locks.ts';
import { RUN_LOCK, type RunStatus } from '../warehouse/run-log.ts';

/** How a slot stands: the run that has it, whether that run lives, and how often one of its runs has failed, the last time when. */
export type SlotState = { runId: number; status: RunStatus; isAlive: boolean; failures: number; finishedAt: Date | null };

/** Undefined while no run has the slot. */
export async function readSlot({ pool }: Database, slotAt: Date): Promise<SlotState | undefined> {
  const { rows } = await pool.query<SlotState>(
    `select r.run_id as "runId", r.status, r.finished_at as "finishedAt",
       r.status = 'running' and ${isHeld(RUN_LOCK('r.run_id'))} as "isAlive",
       case when r.status = 'failed'
         then (select count(*) from chatrhub_sync.runs f where f.status = 'failed' and f.slot_at = s.slot_at) else 0 end as failures
     from chatrhub_sync.slots s join chatrhub_sync.runs r using (run_id) where s.slot_at = $1`,
    [slotAt],
  );
  return rows[0];
}

/**
 * A slot, and those before it that nobody was there for: its run makes up for them. `heldBy`: the run that had it when it was found to be
 * due; undefined when none had.
 */
export type DueSlot = { at: Date; missed: readonly Date[]; expectedOwner: number | undefined };

/**
 * Gives a slot to a run, in the transaction that begins it: so no two runs have it. Throws `AlreadyClaimedError` when another
 * one has it by now than when it was looked at, or has done it; one that was interrupted, or failed, hands it over.
 */
export async function claimSlot(client: Client, { at: slotAt, missed, expectedOwner }: DueSlot, runId: number): Promise<void> {
  const { rowCount } = await client.query(
    `insert into chatrhub_sync.slots as s (slot_at, run_id) values ($1, $2)
     on conflict (slot_at) do update set run_id = excluded.run_id, is_skipped = false
     where s.run_id = $3 and (select status from chatrhub_sync.runs r where r.run_id = s.run_id) in ('interrupted', 'failed')`,
    [slotAt, runId, expectedOwner ?? null],
  );
  if (rowCount === 0) throw new AlreadyClaimedError(`the slot ${slotAt.toISOString()} was done by another run`);
  await client.query(
    `insert into chatrhub_sync.slots (slot_at, run_id, is_skipped) select slot_at, $2, true from unnest($1::timestamptz[]) as m (slot_at)
     on conflict do nothing`,
    [missed, runId],
  );
  // So it does for those whose run was broken off, and not taken up before this slot came.
  await client.query(
    `update chatrhub_sync.slots s set run_id = $2, is_skipped = true
     from chatrhub_sync.runs r where r.run_id = s.run_id and s.slot_at < $1 and r.status in ('interrupted', 'failed')`,
    [slotAt, runId],
  );
}

/** The last slot before a moment that somebody had. */
export async function readSlotBefore({ pool }: Database, moment: Date): Promise<Date | undefined> {
  const { rows } = await pool.query<{ at: Date | null }>('select max(slot_at) as at from chatrhub_sync.slots where slot_at < $1', [moment]);
  return rows[0]?.at ?? undefined;
}

/**
 * Gives a slot to a sync of all resources that somebody else has begun, if there is one: to one under way, or to one that began after the
 * slot and came to its end. Its number and whether it is still under way; undefined when there is none.
 */
export async function skipSlot(
  { pool }: Database,
  { at: slotAt, missed }: Pick<DueSlot, 'at' | 'missed'>,
): Promise<{ runId: number; isAlive: boolean } | undefined> {
  const { rows } = await pool.query<{ runId: number; isAlive: boolean }>(
    `with made_up as (
       select run_id, status = 'running' as is_alive from chatrhub_sync.runs r
       where command = 'sync' and only_resources is null
         and case when status = 'running' then ${isHeld(RUN_LOCK('r.run_id'))}
           else status in ('complete', 'incomplete', 'partial') and started_at >= $1::timestamptz end
       order by run_id desc limit 1
     ), given as (
       insert into chatrhub_sync.slots as s (slot_at, run_id, is_skipped)
       select slot_at, run_id, true from made_up, unnest($2::timestamptz[] || $1::timestamptz) as m (slot_at)
       on conflict (slot_at) do update set run_id = excluded.run_id, is_skipped = true
       where (select status from chatrhub_sync.runs r where r.run_id = s.run_id) in ('interrupted', 'failed')
       returning slot_at, run_id
     )
     select run_id as "runId", is_alive as "isAlive" from given join made_up using (run_id) where slot_at = $1`,
    [slotAt, missed],
  );
  return rows[0];
}
