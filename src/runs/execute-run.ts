import type { Lane } from '../budget/limits.ts';
import { explain } from '../errors.ts';
import { logEvent } from '../events.ts';
import { isOfChats } from '../evidence/chat-fetches.store.ts';
import { concludeLists } from '../evidence/conclude-lists.ts';
import { holdFacts, releaseFacts } from '../evidence/facts.store.ts';
import { isSilent } from '../evidence/sightings.ts';
import { forgetSilent } from '../evidence/visitor-fetches.store.ts';
import { refreshChatBacklog } from '../evidence/wanted-chats.store.ts';
import type { Resource } from '../records/resource.ts';
import { resources } from '../resources/index.ts';
import type { PlannedRequest } from '../source/request-plan.ts';
import { readSnapshot } from '../warehouse/connection/database.ts';
import { classifyError } from '../warehouse/connection/error-class.ts';
import { noOutcome } from '../warehouse/load/load.ts';
import { finishRun, type LiveRun, noteProgress } from '../warehouse/run-log.ts';
import { readEta } from './eta.ts';
import { fetchResource, orReason } from './fetch-resource.ts';
import { finish } from './finish-run.ts';
import { chosenResources, type Planner } from './planner.ts';
import { createProgress, describeProgress, type ProgressView, watchProgress } from './progress.ts';
import type { RunOptions } from './run-options.ts';
import type { RunReport } from './run-report.ts';
import { openSession, type RunSession } from './run-session.ts';

/** How often a run notes in the database how far it is. */
const NOTE_EVERY_MS = 5_000;

/**
 * Runs each chosen resource until its planner has no request left, then what the planner has to do afterwards, and stores status, backlog
 * and errors. Rejects only when the database is unavailable or planning fails.
 */
export async function executeRun({ run }: LiveRun, lane: Lane, planner: Planner, options: RunOptions): Promise<RunReport> {
  const { database, logger } = options;
  const { runId, command } = run;
  const progress = options.progress ?? createProgress();
  const watch = options.watch ?? { everyMs: 60_000, show: (view) => logEvent(logger, 'run_progress', describeProgress(view)) };
  const note = { everyMs: NOTE_EVERY_MS, show: (view: ProgressView) => noteProgress(database, runId, describeProgress(view)) };
  const watching = [watch, note].map((watcher) =>
    watchProgress(progress, watcher, (left) => readEta(database, { ...options, lane }, left)),
  );
  try {
    logEvent(logger, 'run_started', { command, run_id: runId });
    await holdFacts(database);
    await refreshChatBacklog(database, resources.filter(isOfChats));
    const session = await openSession(runId, lane, { ...options, progress });
    const chosen = chosenResources(options.only);
    const end = (await fetchAllOf(chosen, session, planner)) ?? (await doAfterwards(chosen, session, planner));
    // The run cannot be ended there either: the next one marks it.
    if (isUnavailable(end)) throw end;
    const backlog = Object.fromEntries(chosen.map(({ name }) => [name, progress.left[name] ?? 0]));
    return await finish({ ...options, ...session, run, chosen, days: planner.days, backlog, end });
  } catch (error) {
    // What keeps requests from being planned; a database that is unavailable notes nothing.
    if (!isUnavailable(error)) await finishRun(database, runId, 'failed', explain(error)).catch(() => {});
    throw error;
  } finally {
    releaseFacts(database);
    for (const { end } of watching) await end();
  }
}

/** Fetches one resource after the other. Returns what ends the run, if anything does. */
async function fetchAllOf(chosen: readonly Resource[], session: RunSession, planner: Planner): Promise<unknown> {
  const { database, runId, progress, fetcher, sightings } = session;
  let end: unknown;
  let isNews = true;
  for (const [i, resource] of chosen.entries()) {
    // What was loaded decides what the others need.
    if (isNews) for (const later of chosen.slice(i)) progress.left[later.name] = (await planner.countRequests(later, [])).requests;
    if (end !== undefined) break;
    progress.resource = resource.name;
    // Whom the list of agents lacks is asked about as one who left.
    if (resource.scope.over === 'eachAgent') await concludeLists(database, runId, sightings);
    end = await fetchResource(resource, session, planner);
    const { inserted, updated } = fetcher.outcomes.get(resource.name) ?? noOutcome();
    isNews = inserted + updated > 0;
  }
  // A list read later may show that what a user name has brought is to be asked for by chat, and so may other answers for visitors.
  for (const resource of chosen.filter(isOfChats)) {
    const isLeftOut = sightings.leavesOut.has(resource);
    // Answers that were under way when that was found count, too.
    if (isLeftOut) await forgetSilent(database, resource, runId);
    const { requests } = await planner.countRequests(resource, []);
    if (requests === 0 || (!isLeftOut && requests <= (progress.left[resource.name] ?? 0))) continue;
    progress.left[resource.name] = requests;
    end ??= await fetchResource(resource, session, planner);
  }
  for (const resource of chosen.filter(isOfChats))
    if (isSilent(sightings, resource)) await forgetSilent(database, resource, runId, { ofVisitors: false });
  return end;
}

/** Does what the planner has to do when all resources are done. Returns what ends the run, if anything does. */
async function doAfterwards(chosen: readonly Resource[], session: RunSession, planner: Planner): Promise<unknown> {
  if (!planner.afterwards) return undefined;
  const snapshot = await readSnapshot(session.database);
  const fetchAll = (planned: readonly PlannedRequest[]) => session.send(planned, snapshot, 1);
  return planner.afterwards(session.contextAt(snapshot), { chosen, fetchAll }).catch(orReason);
}

const isUnavailable = (error: unknown): boolean => classifyError(error)?.is === 'unavailable';
