import { setImmediate } from 'node:timers/promises';
import PQueue from 'p-queue';
import type { Lane } from '../../budget/limits.ts';
import type { Deadline } from '../../budget/permits.ts';
import { rememberFact } from '../../evidence/facts.store.ts';
import { addPage, countReceived, nothingReceived, type Received } from '../../evidence/received.ts';
import { reach } from '../../failpoint.ts';
import type { NothingForm } from '../../records/envelope.ts';
import { type Answer, type Batch, parsing } from '../../records/parse-answer.ts';
import type { Privacy } from '../../records/pseudonyms.ts';
import type { Resource, Scope } from '../../records/resource.ts';
import { mergeShape, noShape, type SeenShape } from '../../records/shape.ts';
import type { ApiClient } from '../../source/client.ts';
import { type PlannedRequest, planHalves } from '../../source/request-plan.ts';
import type { Database } from '../../warehouse/connection/database.ts';
import { addOutcomes, noOutcome, type Outcome } from '../../warehouse/load/load.ts';
import { commitResponse, type Settle } from '../commit-response.ts';

/** Asks, parses and commits for one run, and counts the outcomes of the records of each resource. */
export type Fetcher = {
  /**
   * One planned request, and the pages that its answer links to. `settle` makes of the claim what there is to be made, in the transaction
   * that loads the last of them; `onPage` receives each before that. `snapshot`: what its plan could see.
   */
  fetch(planned: PlannedRequest, snapshot: string, settle?: Settle, onPage?: Settle): Promise<CommittedResponse>;
  outcomes: ReadonlyMap<string, Outcome>;
  /** What the records looked like. */
  shapes: readonly SeenShape[];
};

/** Answers whose rows are committed: the last of them, and what all brought. `askedAt` is the moment of asking. */
export type CommittedResponse = Answer & { brought: Received; askedAt: Date };

export type FetcherOptions = {
  client: ApiClient;
  database: Database;
  runId: number;
  lane: Lane;
  patience: Deadline;
  /** The account, when it is known already. */
  clientId: number | undefined;
  privacy: Privacy;
  /** How each resource says that there is nothing, as far as that was confirmed. */
  forms: ReadonlyMap<string, ReadonlySet<NothingForm>>;
  /** The attributes that the list of each resource holds, as far as earlier runs have seen. */
  listed: ReadonlyMap<string, ReadonlySet<string>>;
  /** Told of every answer when it is read, and when it is loaded. */
  onParsed?: (answer: Answer) => void;
  onLanded?: (answer: Answer) => void;
  /** The moment after which records that stand for moments are not stored; none while the clock of the source is ahead. */
  latestMoment: () => Date | undefined;
};

/** No list is read over more pages than this by following links. */
const MOST_PAGES = 1_000;

export function createFetcher(options: FetcherOptions): Fetcher {
  const { client, database, runId, lane, patience, clientId, privacy, onParsed = () => {}, onLanded = () => {} } = options;
  const outcomes = new Map<string, Outcome>();
  const shapes: SeenShape[] = [];
  const forms = new Map([...options.forms].map(([name, of]) => [name, new Set(of)]));
  const confirming = new Map<string, Promise<void>>();
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

  const listSays = (name: string): ReadonlySet<string> => {
    const own = shapes.find(({ resource, via }) => resource.name === name && via === resource)?.shape.attributes.keys() ?? [];
    return new Set([...(options.listed.get(name) ?? []), ...own]);
  };

  /** A form of nothing that was seen twice is believed at once from then on. */
  async function learn({ resource, redactedUrl }: PlannedRequest, form: NothingForm): Promise<void> {
    const believed = forms.get(resource.name) ?? new Set();
    if (form === 'data: []' || BELIEVED[resource.scope.over].has(form) || believed.has(form)) return;
    forms.set(resource.name, believed.add(form));
    await rememberFact(database, `${resource.name}.nothing`, [...believed].join(', '), `GET ${redactedUrl} was answered ${form} twice`);
  }

  /** One request at a time looks a second time at a form of nothing: what it finds out, the others know. */
  function confirm(name: string): { isConfirmed(form: NothingForm): Promise<boolean>; end(): void } {
    let end = () => {};
    return {
      async isConfirmed(form) {
        for (let other = confirming.get(name); other; other = confirming.get(name)) await other;
        if (forms.get(name)?.has(form)) return true;
        confirming.set(
          name,
          new Promise((resolve) => {
            end = () => {
              confirming.delete(name);
              resolve();
            };
          }),
        );
        return false;
      },
      end: () => end(),
    };
  }

  async function askOnce(planned: PlannedRequest, snapshot: string, settle: Settle): Promise<{ answer: Answer; askedAt: Date }> {
    const { resource, path, query, redactedUrl, claimKey, messagesOf } = planned;
    const over = resource.scope.over;
    const request = {
      path,
      query,
      redactedUrl,
      ...(planHalves(planned) ? { maxBytes: SPLIT_BYTES } : {}),
      believes: new Set([...BELIEVED[over], ...(forms.get(resource.name) ?? [])]),
      // A visitor whom the source does not know may have chats that it knows.
      canBeMissing: CAN_BE_MISSING[over] && !(messagesOf && 'visitorId' in messagesOf),
    };
    const read = (document: unknown) =>
      parses.add(async () => {
        const latest = options.latestMoment();
        const asked = { defaults: planned.defaults, clientId, privacy, ...(latest && { now: latest }) };
        const parsed = await inTurns(parsing(document, resource, asked));
        reach('parse');
        onParsed(parsed);
        return parsed;
      });
    const call = { runId, lane, claimKey, snapshot, resource: resource.name, endpoint: resource.path };
    const confirmation = confirm(resource.name);
    const { content, requestId, askedAt, form } = await client
      .get({ ...request, isConfirmed: confirmation.isConfirmed }, call, patience, read)
      .then(async (fetched) => {
        if (fetched.form) await learn(planned, fetched.form);
        return fetched;
      })
      .finally(confirmation.end);
    const answer: Answer = { ...content, form };
    return loads.add(async () => {
      const landed = await commitResponse(database, planned, answer, { runId, requestId, lane, askedAt, listSays }, settle);
      for (const batch of answer.batches) look(batch, resource);
      for (const [name, outcome] of landed) outcomes.set(name, addOutcomes(outcomes.get(name) ?? noOutcome(), outcome));
      onLanded(answer);
      return { answer, askedAt };
    });
  }

  async function fetch(
    planned: PlannedRequest,
    snapshot: string,
    settle: Settle = NOTHING,
    onPage: Settle = NOTHING,
  ): Promise<CommittedResponse> {
    let brought = nothingReceived();
    let request = planned;
    for (let page = 1, received = 0; ; page += 1) {
      let next: Record<string, string> | undefined;
      let whole = brought;
      const { answer, askedAt } = await askOnce(request, snapshot, async (inside, part, at) => {
        whole = addPage(brought, part, planned.resource);
        const link = planned.resource.pages ? undefined : part.hints.more?.next;
        const isStuck = page === MOST_PAGES || (page > 1 && countReceived(whole) === countReceived(brought));
        next = link === undefined || isStuck ? undefined : client.follow(planned, link);
        await (next ? onPage : settle)(inside, whole, at);
      });
      brought = whole;
      received += answer.received;
      if (!next) return { ...answer, received, brought, askedAt };
      const place = Object.entries(next).filter(([name]) => !Object.hasOwn(planned.query, name));
      const redactedUrl = `${planned.redactedUrl}${planned.redactedUrl.includes('?') ? '&' : '?'}${new URLSearchParams(place)}`;
      request = { ...planned, query: next, redactedUrl };
    }
  }

  return { fetch, outcomes, shapes };
}

/** Takes the steps one by one: in between, an answer that is being loaded hands its rows to the database, which would wait for them. */
async function inTurns<T>(steps: Generator<void, T>): Promise<T> {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
    await setImmediate();
  }
}

const NOTHING: Settle = async () => {};

/** An answer that can be asked for in halves is, before it takes several times its size in memory. */
const SPLIT_BYTES = 64 * 2 ** 20;

/** What distinguishes a single agent or chat without anything from a failure at the first look, besides by an empty list. */
const OF_ONE: ReadonlySet<NothingForm> = new Set<NothingForm>(['data: null', 'data: {}', '404']);
const NONE: ReadonlySet<NothingForm> = new Set();
const BELIEVED: Record<Scope['over'], ReadonlySet<NothingForm>> = {
  nothing: NONE,
  combinations: NONE,
  eachAgent: OF_ONE,
  eachChat: OF_ONE,
};
/** Lists of everything are there, in whatever account. */
const CAN_BE_MISSING: Record<Scope['over'], boolean> = { nothing: false, combinations: true, eachAgent: true, eachChat: true };
