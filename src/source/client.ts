import type { Call } from '../budget/limits.ts';
import type { Deadline, Permit, Permits } from '../budget/permits.ts';
import type { Fetch } from '../network/fetch-through.ts';
import { BodyError } from '../records/body.ts';
import { envelopeOf, type Hints, hintsOf, hintsOfHeaders, type NothingForm, nothingFormOf } from '../records/envelope.ts';
import { isAllowed, pagingOf, type Read } from './allow-list.ts';
import { ApiError } from './api-error.ts';
import { type Fetched, fetchDocument } from './fetch-document.ts';
import { createOtherEndpoints } from './other-endpoints.ts';
import { createRetries, type RetryOptions, type Tries } from './retries.ts';

/**
 * What to ask for. `label` stands for the path in the ledger, in logs and errors: it holds nothing personal. `maxBytes`: how large the
 * answer may be, where that is less than usual. `believes`: the forms of nothing that are taken at the first look, besides an empty list;
 * any other is looked at a second time. `canBeMissing`: a 404 is such a form, and no failure.
 */
export type ApiRequest = {
  path: string;
  query: Readonly<Record<string, string>>;
  redactedUrl: string;
  maxBytes?: number;
  believes?: ReadonlySet<NothingForm>;
  /** Asked before a second look: whether another request has meanwhile confirmed this form. */
  isConfirmed?: (form: NothingForm) => Promise<boolean>;
  canBeMissing?: boolean;
  /** How often it is tried at most. */
  attempts?: number;
};

/**
 * What was read from a document, and the request it answers. `askedAt`: how new its facts are. `form`: how the source said that there is
 * nothing, where it did; a form that is not believed at once was seen twice.
 */
export type ApiAnswer<T> = { content: T; requestId: number; askedAt: Date; form?: NothingForm };

/** Reads a document, beside which its headers may say that there is more. */
type Reading<T> = (document: unknown, said: Hints) => T | Promise<T>;

export type ApiClient = {
  /**
   * One allowed GET, and what `read` makes of its document: `data` may be `Records`, to be read there. Where they turn out to be no JSON it
   * is asked again, and read again; so is an answer that says that it failed and holds no records. Throws `ApiError`, `RunAbortedError` when
   * patience ended before the request was sent, and what `read` throws.
   */
  get<T>(request: ApiRequest, call: Omit<Call, 'path' | 'attempt'>, patience: Deadline, read: Reading<T>): Promise<ApiAnswer<T>>;
  /** The parameters of the page that a link leads to: of the same list, with the same parameters and others of paging. */
  follow(request: Pick<ApiRequest, 'path' | 'query'>, link: string): Record<string, string> | undefined;
};

/** What a 204 stands for, and a 404, where it is no failure. */
const MISSING = { data: [] };

const MAX_ATTEMPTS = 4;

const JSON_TYPE = /^(application|text)\/([\w.-]+\+)?json\b/i;

/** `reads`: what it may ask for; the first shows whether the key is good where another is refused. */
type ClientOptions = RetryOptions &
  SenderOptions & {
    reads: readonly Read[];
    /** Told once: JSON came under another content type, and was taken. */
    onOddType?: (label: string, contentType: string) => void;
  };

/** A client for one account, for the time of a run. It keeps the key to itself. */
export function createClient(options: ClientOptions): ApiClient {
  const { baseUrl, reads, onOddType = () => {} } = options;
  const waitAfter = createRetries(options);
  const others = createOtherEndpoints(reads);
  const send = createSender(options);
  const readFrom = createReader(onOddType);
  return {
    async get(request, call, patience, read) {
      const { redactedUrl: label, attempts: most = MAX_ATTEMPTS } = request;
      if (!isAllowed(reads, request.path, request.query))
        throw new ApiError('refused', label, 'is not a request that this program may make');
      const tries: Tries = { failed: 0, refused: 0, most };
      const refused = { runId: call.runId, endpoint: call.endpoint, path: request.path, label };
      const ask = async (path: string) => {
        const { runId, lane, resource } = call;
        const other = { runId, lane, resource, endpoint: path, path, attempt: 1 };
        return (await send({ path, query: {}, redactedUrl: path }, other, patience)).fetched.status;
      };
      let seenForm: NothingForm | undefined;
      for (;;) {
        const left = others.left(refused);
        if (left) throw left;
        const attempt = 1 + tries.failed + tries.refused;
        const { fetched, permit } = await send(request, { ...call, path: label, attempt }, patience);
        const found = contentOf(fetched, request);
        const isBelieved = 'document' in found && (await believes(request, found.form, seenForm));
        if ('document' in found) seenForm = found.form;
        const answer = isBelieved
          ? await readFrom(found, fetched, label, read)
          : { error: 'error' in found ? found.error : nothingIn(fetched, label) };
        if ('content' in answer)
          return { ...answer, requestId: permit.requestId, askedAt: permit.grantedAt, ...(seenForm && { form: seenForm }) };
        let { error } = answer;
        if (error.failure === 'unauthorized') error = (await others.refusesKey(refused, ask)) ?? error;
        const alone = error.failure === 'rate_limited' ? await others.refusesAlone(refused, tries.refused + 1, ask) : undefined;
        if (alone) throw alone;
        await waitAfter(error, fetched.headers, tries, patience);
      }
    },
    follow: ({ path, query }, link) => pageBehind(link, new URL(`${baseUrl}${path}`), query),
  };
}

type SenderOptions = { baseUrl: string; apiKey: string; permits: Permits; fetch?: Fetch; maxBytes?: number };

/** Sends a request once, when its turn has come. */
type Send = (request: ApiRequest, call: Call, patience: Deadline) => Promise<{ fetched: Fetched; permit: Permit }>;

function createSender({ baseUrl, apiKey, permits, fetch = globalThis.fetch, maxBytes = 256 * 2 ** 20 }: SenderOptions): Send {
  return (request, call, patience) => {
    const url = new URL(`${baseUrl}${request.path}`);
    for (const [name, value] of Object.entries(request.query)) url.searchParams.set(name, value);
    return permits.acquire(call, patience, async (permit) => {
      const options = { fetch, apiKey, timeoutMs: permit.timeLeftMs, maxBytes: request.maxBytes ?? maxBytes, signal: patience.signal };
      const fetched = await fetchDocument(url, request.redactedUrl, options);
      const { status, bytes } = fetched;
      const settled = { ...(status === undefined ? {} : { status }), ...(bytes === undefined ? {} : { bytes }) };
      return { settled, result: () => ({ fetched, permit }) };
    });
  };
}

/** What is read from an answer, or why there is nothing to be had. */
type ReadAnswer<T> = { content: T } | { error: ApiError };

/** Reads answers, and says once that one has an odd content type. */
function createReader(onOddType: (label: string, contentType: string) => void) {
  let saysType = onOddType;
  return async <T>({ document, form }: Content, fetched: Fetched, label: string, read: Reading<T>): Promise<ReadAnswer<T>> => {
    const contentType = fetched.headers?.get('content-type') ?? 'none';
    if (form !== '204' && form !== '404' && !JSON_TYPE.test(contentType)) {
      saysType(label, contentType.slice(0, 60));
      saysType = () => {};
    }
    try {
      return { content: await read(document, fetched.headers ? hintsOfHeaders(fetched.headers) : {}) };
    } catch (cause) {
      if (!(cause instanceof BodyError)) throw cause;
      return { error: new ApiError('content', label, cause.message, { status: fetched.status }) };
    }
  };
}

/** The parameters of the page that a link leads to; undefined where that is no other page of the same list. */
function pageBehind(link: string, list: URL, query: Readonly<Record<string, string>>): Record<string, string> | undefined {
  if (!URL.canParse(link, list.href)) return undefined;
  const { origin, pathname, searchParams } = new URL(link, list);
  return origin === list.origin && pathname === list.pathname ? pagingOf(Object.fromEntries(searchParams), query) : undefined;
}

/** A form of nothing that is looked at a second time. */
const nothingIn = ({ status }: Fetched, label: string): ApiError =>
  new ApiError('content', label, 'an answer with nothing in it', { status });

/** A document, and how it says that there is nothing, where it does. */
type Content = { document: unknown; form: NothingForm | undefined };

/** Whether a form of nothing is taken now: it is known, was seen by the attempt before, or was confirmed by another request. */
const believes = async (request: ApiRequest, form: NothingForm | undefined, seenForm: NothingForm | undefined): Promise<boolean> =>
  form === undefined ||
  form === 'data: []' ||
  form === seenForm ||
  request.believes?.has(form) === true ||
  (await request.isConfirmed?.(form)) === true;

/** What an attempt brought: a document, or why there is none. */
function contentOf(fetched: Fetched, { redactedUrl: label, canBeMissing }: ApiRequest): Content | { error: ApiError } {
  if (fetched.status === 204) return { document: MISSING, form: '204' };
  if (fetched.status === 404 && canBeMissing) return { document: MISSING, form: '404' };
  if ('error' in fetched) return fetched;
  const { document, status } = fetched;
  const form = nothingFormOf(document);
  const envelope = envelopeOf(document);
  const { failed } = hintsOf(envelope);
  const holdsNothing = form !== undefined || Object.hasOwn(envelope, 'data');
  return failed && holdsNothing
    ? { error: new ApiError('content', label, `no records, and "${failed}" says that it failed`, { status }) }
    : { document, form };
}
