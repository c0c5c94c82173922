import { findRoute, type ProxySettings, showProxy } from '../network/proxies.ts';
import { type Finding, ok, warn } from './finding.ts';

/** Which way requests to the API, and alerts, go: through which proxy, or directly and why. */
export function checkNetwork(settings: ProxySettings & { CHATRHUB_API_URL: string; ALERT_WEBHOOK_URL?: string | undefined }): Finding[] {
  const { CHATRHUB_API_URL: api, ALERT_WEBHOOK_URL: webhook } = settings;
  return [routeOf('the API', api, settings), ...(webhook ? [routeOf('alerts', webhook, settings)] : [])];
}

function routeOf(what: string, address: string, settings: ProxySettings): Finding {
  const url = new URL(address);
  const route = findRoute(url, settings);
  if (route.proxy) return ok('network', `${what} at ${url.host}: through the proxy ${showProxy(route.proxy)}`);
  const text = `${what} at ${url.host}: directly, as ${route.because}`;
  const isHalfSet = route.isUnset && url.protocol === 'https:' && settings.HTTP_PROXY !== undefined;
  return isHalfSet
    ? warn('network', `${text}; HTTP_PROXY is for http only`, 'set HTTPS_PROXY too, if https has to go through the proxy')
    : ok('network', text);
}
