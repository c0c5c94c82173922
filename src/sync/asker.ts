import { setImmediate } from 'node:timers/promises';
import PQueue from 'p-queue';
import type { ApiClient } from '../api/client.ts';
import { ApiError } from '../api/errors.ts';
import type { Patience } from '../api/gate.ts';
import type { Lane } from '../core/budget.ts';
import { type Planned, planHalves } from '../core/plan.ts';
import type { Privacy } from '../core/privacy.ts';
import { type Answer, type Batch, countOwn, parsing } from '../core/record.ts';
import type { Resource, Scope } from '../core/resource.ts';
import { mergeShape, noShape, type Shape } from '../core/shape.ts';
import type { Database } from '../db/database.ts';
import { addOutcomes, noOutcome, type Outcome } from '../db/load.ts';
import { reach } from '../failpoint.ts';
import { landAnswer } from './land.ts';

/** Asks, parses and commits for one run, and counts what became of the records of each resource. */
export type Asker = {
  /**
   * One planned request. An answer that is too large is asked for again in halves, and a visitor whom the source does not know by chat:
   * then it returns the last answer, with all records counted. `snapshot`: what its plan could see.
   */
  ask(planned: Planned, snapshot: string): Promise<Landed>;
  outcomes: ReadonlyMap<string, Outcome>;
  /** What the records looked like. */
  shapes: readonly SeenShape[];
};

/** What the records of a resource looked like in the answers of another, or of its own, and how many came: `via` is the one that was asked for. */
export type SeenShape = { resource: Resource; via: Resource; shape: Shape; came: number };

/** An answer whose rows are committed; `own` counts its own records, each once; `askedAt` is the moment of asking. */
export type Landed = Answer & { own: number; askedAt: Date };

export type AskerOptions = {
  client: ApiClient;
  database: Database;
  runId: number;
  lane: Lane;
  patience: Patience;
  now: () => Date;
  /** The account, when it is known already. */
  clientId: number | undefined;
  privacy: Privacy;
};

export function createAsker({ client, database, runId, lane, patience, now, clientId: known, privacy }: AskerOptions): Asker {
  const outcomes = new Map<string, Outcome>();
  const shapes: SeenShape[] = [];
  let clientId = known;
  // One answer at a time is loaded, in the order of their arrival, while the next one is parsed and others are under way.
  const parses = new PQueue({ concurrency: 1 });
  const loads = new PQueue({ concurrency: 1 });

  function look({ resource, shape, came }: Batch, via: Resource): void {
    if (came === 0) return;
    let seen = shapes.find((other) => other.resource === resource && other.via === via);
    if (!seen) {
      seen = { resource, via, shape: noShape(), came: 0 };
      shapes.push(seen);
    }
    mergeShape(seen.shape, shape);
    seen.came += came;
  }

  async function ask(planned: Planned, snapshot: string): Promise<Landed> {
    const { resource, path, query, label, unit, orElse } = planned;
    const isSplittable = planHalves(planned) !== undefined;
    const request = {
      path,
      query,
      label,
      ...(isSplittable ? { maxBytes: SPLIT_BYTES } : {}),
      needsData: resource.scope.over === 'nothing' || resource.scope.over === 'combinations',
      ...(orElse ? {} : { ifMissing: MISSING[resource.scope.over] }),
    };
    const read = (document: unknown) =>
      parses.add(async () => {
        const answer = await inTurns(parsing(document, resource, { defaults: planned.defaults, clientId, privacy }));
        reach('parse');
        clientId ??= answer.clientId;
        return answer;
      });
    const fetched = await client
      .get(request, { runId, lane, unit, snapshot, resource: resource.name, endpoint: resource.path }, patience, read)
      .catch((error: unknown) => insteadOf(planned, error));
    if ('instead' in fetched) {
      const answers: Landed[] = [];
      for (const other of fetched.instead) answers.push(await ask(other, snapshot));
      const sum = (key: 'received' | 'own') => answers.reduce((total, answer) => total + answer[key], 0);
      return { ...(answers.at(-1) as Landed), received: sum('received'), own: sum('own') };
    }
    const { content: answer } = fetched;
    return loads.add(async () => {
      const landed = await landAnswer(database, planned, answer, {
        runId,
        requestId: fetched.requestId,
        askedAt: fetched.askedAt,
        now: now(),
      });
      for (const batch of answer.batches) look(batch, resource);
      for (const [name, outcome] of landed) outcomes.set(name, addOutcomes(outcomes.get(name) ?? noOutcome(), outcome));
      return { ...answer, own: countOwn(answer), askedAt: fetched.askedAt };
    });
  }

  return { ask, outcomes, shapes };
}

/** Takes the steps one by one: in between, an answer that is being loaded hands its rows to the database, which would wait for them. */
async function inTurns<T>(steps: Generator<void, T>): Promise<T> {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
    await setImmediate();
  }
}

/** An answer that can be asked for in halves is, before it takes several times its size in memory. */
const SPLIT_BYTES = 64 * 2 ** 20;

/**
 * What a 404 for a single agent or chat stands for, which is no failure. A chat that is gone has no messages. An agent without activity
 * (bots, terminated ones) proves nothing about the days asked for.
 */
const MISSING: Partial<Record<Scope['over'], object>> = { chats: { data: [] }, agents: {} };

/** What to ask for instead of a request that failed: its halves when the answer was too large, what it names for a 404. */
function insteadOf(planned: Planned, error: unknown): { instead: Planned[] } {
  const failure = error instanceof ApiError ? error.failure : undefined;
  const instead = failure === 'too_large' ? planHalves(planned) : failure === 'not_found' ? planned.orElse : undefined;
  if (!instead) throw error;
  return { instead };
}
