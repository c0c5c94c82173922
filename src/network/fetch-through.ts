import type { Dispatcher, Pool } from 'undici';
import { credentialsOf, findRoute, type ProxyServer, type ProxySettings } from './proxies.ts';
import { ProxyError } from './proxy-error.ts';

/** What makes requests: Node's own, or one that goes through proxies. */
export type Fetch = typeof globalThis.fetch;

/** A proxy looks the target up and connects to it before it answers. */
const ANSWER_MS = 30_000;

/**
 * A `fetch` that goes the way `findRoute` decides: to https hosts through a tunnel (CONNECT), so that the proxy sees the host's name and
 * nothing else. Fails with a `ProxyError` below its error where the proxy is at fault. Without proxies it is Node's own, and undici is not loaded.
 */
export function createFetch(settings: ProxySettings): Fetch {
  if (!settings.HTTPS_PROXY && !settings.HTTP_PROXY && !settings.ALL_PROXY) return globalThis.fetch;
  let opening: Promise<Opened> | undefined;
  return async (input, init) => {
    opening ??= open();
    const { fetch, dispatcherOf } = await opening;
    const url = new URL(input instanceof Request ? input.url : input);
    return fetch(input, { ...init, dispatcher: dispatcherOf(findRoute(url, settings).proxy) });
  };
}

type Opened = {
  fetch: (input: Parameters<Fetch>[0], init: Omit<RequestInit, 'dispatcher'> & { dispatcher: Dispatcher }) => ReturnType<Fetch>;
  dispatcherOf(proxy: ProxyServer | undefined): Dispatcher;
};

/**
 * The parts of undici, of one version: `fetch` of Node takes dispatchers of its own version only. What goes directly has one too, as Node can send all
 * it fetches through a proxy (NODE_USE_ENV_PROXY), this machine's own included.
 */
async function open(): Promise<Opened> {
  const { Agent, fetch, Pool, ProxyAgent } = await import('undici');
  const direct = new Agent();
  const agents = new Map<string, Dispatcher>();
  const agentOf = (proxy: ProxyServer) =>
    new ProxyAgent({
      uri: proxy.url.href,
      // What is http anyway is asked of the proxy itself: most open no tunnels to port 80.
      proxyTunnel: false,
      // undici asks with a password only.
      ...(proxy.url.username && { token: `Basic ${Buffer.from(credentialsOf(proxy)).toString('base64')}` }),
      clientFactory: (origin, options) => telling(new Pool(origin, { ...options, headersTimeout: ANSWER_MS }), proxy),
    });
  return {
    fetch: fetch as unknown as Opened['fetch'],
    dispatcherOf(proxy) {
      if (!proxy) return direct;
      const known = agents.get(proxy.url.href) ?? agentOf(proxy);
      agents.set(proxy.url.href, known);
      return known;
    },
  };
}

/** The connections to a proxy, whose refusals say what they are: undici puts the status of an answer to CONNECT into words only. */
function telling(pool: Pool, proxy: ProxyServer): Pool {
  const connect = pool.connect.bind(pool) as (options: Dispatcher.ConnectOptions) => Promise<Dispatcher.ConnectData>;
  const telling = async (options: Dispatcher.ConnectOptions): Promise<Dispatcher.ConnectData> => {
    const answer = await connect(options).catch((cause: unknown) => {
      throw new ProxyError(proxy, options.path, { cause });
    });
    if (answer.statusCode === 200) return answer;
    answer.socket.on('error', () => {}).destroy();
    throw new ProxyError(proxy, options.path, { status: answer.statusCode });
  };
  return Object.assign(pool, { connect: telling });
}
