import { setImmediate } from 'node:timers/promises';
import PQueue from 'p-queue';
import type { Lane } from '../../budget/limits.ts';
import type { Deadline } from '../../budget/permits.ts';
import { addPage, countReceived, nothingReceived, type Received } from '../../evidence/received.ts';
import { findUnread } from '../../evidence/unread-values.ts';
import { reach } from '../../failpoint.ts';
import type { Answer } from '../../records/answer.ts';
import type { Hints } from '../../records/envelope.ts';
import { parsing } from '../../records/parse-answer.ts';
import type { Privacy } from '../../records/pseudonyms.ts';
import { noteShape, type SeenShape, type Shape } from '../../records/shape.ts';
import type { ApiClient } from '../../source/client.ts';
import { type PlannedRequest, planHalves } from '../../source/request-plan.ts';
import type { Database } from '../../warehouse/connection/database.ts';
import { addOutcomes, noOutcome, type Outcome } from '../../warehouse/load/load.ts';
import { commitResponse, type Settle } from '../commit-response.ts';
import { isAnyKnown } from '../known-records.store.ts';
import { createNothingForms, type KnownForms } from './nothing-forms.ts';

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
  /** As far as earlier runs have confirmed them. */
  forms: KnownForms;
  /** The attributes that the list of each resource holds, as far as earlier runs have seen. */
  listed: ReadonlyMap<string, ReadonlySet<string>>;
  /** The attributes of each resource whose values earlier runs could not read. */
  unread: ReadonlyMap<string, ReadonlySet<unknown>>;
  /** Told of every answer when it is read, and when it is loaded. */
  onParsed?: (answer: Answer) => void;
  onLanded?: (answer: Answer) => void;
  /** The moment after which records that stand for moments are not stored; none while the clock of the source is ahead. */
  latestMoment: () => Date | undefined;
};

/** No list is read over more pages than this by following links. */
const MOST_PAGES = 1_000;

/** A fetcher for one run. */
export function createFetcher(options: FetcherOptions): Fetcher {
  const { client, database, runId, lane, patience, clientId, privacy, onParsed = () => {}, onLanded = () => {} } = options;
  const outcomes = new Map<string, Outcome>();
  const shapes: SeenShape[] = [];
  const forms = createNothingForms(database, options.forms);
  // One answer at a time is loaded, in the order of their arrival, while the next one is parsed and others are under way.
  const parses = new PQueue({ concurrency: 1 });
  const loads = new PQueue({ concurrency: 1 });

  const ownShape = (name: string): Shape | undefined =>
    shapes.find(({ resource, via }) => resource.name === name && via === resource)?.shape;
  const listSays = (name: string): ReadonlySet<string> =>
    new Set([...(options.listed.get(name) ?? []), ...(ownShape(name)?.attributes.keys() ?? [])]);

  const fetchOne: FetchOne = async (planned, snapshot, settle) => {
    const { resource, path, query, redactedUrl, claimKey, attempts } = planned;
    const request = {
      path,
      query,
      redactedUrl,
      ...(planHalves(planned) ? { maxBytes: SPLIT_BYTES } : {}),
      ...(attempts !== undefined && { attempts }),
      believes: forms.believed(resource),
      canBeMissing: await canBeMissing(planned, database),
    };
    const read = (document: unknown, said: Hints) =>
      parses.add(async () => {
        const latest = options.latestMoment();
        const asked = { defaults: planned.defaults, clientId, privacy, ...(latest && { now: latest }) };
        const parsed = await inTurns(parsing(document, resource, asked));
        reach('parse');
        onParsed(parsed);
        return { ...parsed, hints: { ...said, ...parsed.hints } };
      });
    const call = { runId, lane, claimKey, snapshot, resource: resource.name, endpoint: resource.path };
    const confirmation = forms.confirm(resource);
    const { content, requestId, askedAt, form } = await client
      .get({ ...request, isConfirmed: confirmation.isConfirmed }, call, patience, read)
      .then(async (fetched) => {
        if (fetched.form) await forms.learn(planned, fetched.form);
        return fetched;
      })
      .finally(confirmation.end);
    const answer: Answer = { ...content, form };
    return loads.add(async () => {
      const own = answer.batches.find(({ isOwn }) => isOwn);
      const unread = own && findUnread(own.shape, ownShape(resource.name), options.unread.get(resource.name));
      const landed = await commitResponse(database, planned, answer, { runId, requestId, lane, askedAt, listSays, unread }, settle);
      for (const batch of answer.batches) noteShape(shapes, batch, resource);
      for (const [name, outcome] of landed) outcomes.set(name, addOutcomes(outcomes.get(name) ?? noOutcome(), outcome));
      onLanded(answer);
      return { answer, askedAt };
    });
  };

  return { fetch: pagesOf(client, fetchOne), outcomes, shapes };
}

type FetchOne = (planned: PlannedRequest, snapshot: string, settle: Settle) => Promise<{ answer: Answer; askedAt: Date }>;

/** Fetches a planned request and the pages that its answers link to, one after the other. */
function pagesOf(client: Pick<ApiClient, 'follow'>, fetchOne: FetchOne): Fetcher['fetch'] {
  return async (planned, snapshot, settle = NOTHING, onPage = NOTHING) => {
    let brought = nothingReceived();
    let request = planned;
    for (let page = 1, received = 0; ; page += 1) {
      let next: Record<string, string> | undefined;
      let whole = brought;
      const { answer, askedAt } = await fetchOne(request, snapshot, async (inside, part, at) => {
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
  };
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

/**
 * Whether a 404 may say that there is nothing. Of all records there are it does as long as none is known: a list that has moved must not look
 * like an empty one. A visitor whom the source does not know may have chats that it knows.
 */
async function canBeMissing({ resource, messagesOf }: PlannedRequest, database: Database): Promise<boolean> {
  if (resource.isInAnyAccount || (messagesOf && 'visitorId' in messagesOf)) return false;
  return resource.scope.over !== 'nothing' || !(await isAnyKnown(database, resource));
}

/** An answer that can be asked for in halves is, before it takes several times its size in memory. */
const SPLIT_BYTES = 64 * 2 ** 20;
