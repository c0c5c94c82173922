import { describe, expect, it } from 'vitest';
import { findRoute, parseProxyUrl, showProxy } from '../../src/network/proxies.ts';
import { checkNetwork } from '../../src/operations/network-checks.ts';

const PROXY = 'http://ann:fake-canary@proxy.internal:3128';
const goesThrough = (address: string, NO_PROXY?: string) =>
  findRoute(new URL(address), { HTTPS_PROXY: PROXY, HTTP_PROXY: PROXY, NO_PROXY }).proxy !== undefined;

describe('NO_PROXY', () => {
  it.each([
    ['*', 'https://a.example.com', false],
    ['a.example.com', 'https://a.example.com', false],
    ['A.EXAMPLE.com', 'https://a.example.com', false],
    ['example.com', 'https://a.example.com', false],
    ['.example.com', 'https://a.example.com', false],
    ['*.example.com', 'https://a.example.com', false],
    ['ample.com', 'https://a.example.com', true],
    ['b.example.com other.com', 'https://a.example.com', true],
    [' other.com , a.example.com ', 'https://a.example.com', false],
    ['other.com,*', 'https://a.example.com', false],
    ['a.example.com:443', 'https://a.example.com', false],
    ['a.example.com:80', 'https://a.example.com', true],
    ['a.example.com:8443', 'https://a.example.com:8443', false],
    ['10.1.2.3', 'https://10.1.2.3', false],
    ['10.0.0.0/8', 'https://10.1.2.3', false],
    ['10.0.0.0/8', 'https://11.1.2.3', true],
    ['10.0.0.0/99,nonsense/8', 'https://10.1.2.3', true],
    ['0.0.0.0/0', 'https://a.example.com', true],
    ['2001:db8::1', 'https://[2001:db8:0::1]', false],
    ['[2001:db8::1]:443', 'https://[2001:db8::1]', false],
    ['[2001:db8::1]:80', 'https://[2001:db8::1]', true],
    ['2001:db8::/32', 'https://[2001:db8::5]', false],
    ['2001:db8::/32', 'https://10.1.2.3', true],
    ['', 'https://a.example.com', true],
  ])('%j: %s goes through the proxy: %s', (noProxy, address, expected) => {
    expect(goesThrough(address, noProxy)).toBe(expected);
  });
});

it.each(['http://localhost:1', 'http://127.0.0.1', 'http://127.8.9.1', 'http://[::1]:3', 'https://localhost'])(
  '%s is this machine, which no proxy is asked for',
  (address) => expect(goesThrough(address)).toBe(false),
);

it('HTTPS_PROXY is for https, HTTP_PROXY for http', () => {
  const settingOf = (address: string) => findRoute(new URL(address), { HTTPS_PROXY: PROXY, HTTP_PROXY: PROXY }).proxy?.setting;
  expect([settingOf('https://a.example.com'), settingOf('http://a.example.com')]).toEqual(['HTTPS_PROXY', 'HTTP_PROXY']);
  expect(findRoute(new URL('https://a.example.com'), { HTTP_PROXY: PROXY })).toMatchObject({ because: 'HTTPS_PROXY is not set' });
  expect(findRoute(new URL('http://a.example.com'), { HTTPS_PROXY: PROXY })).toMatchObject({ because: 'HTTP_PROXY is not set' });
});

it.each([
  ['http://proxy:3128', 'http://proxy:3128/'],
  ['proxy:3128', 'http://proxy:3128/'],
  ['ann:p%40ss@proxy:3128', 'http://ann:p%40ss@proxy:3128/'],
  ['https://proxy', 'https://proxy/'],
  ['http://[2001:db8::1]:3128/', 'http://[2001:db8::1]:3128/'],
  ['socks5://proxy:1080', undefined],
  ['http://proxy:3128/path', undefined],
  ['http://proxy:3128?x', undefined],
  ['http://ann:50%off@proxy:3128', undefined],
  ['http://ann:p#ss@proxy:3128', undefined],
  ['http://', undefined],
  ['not an address', undefined],
])('the proxy %j is read as %j', (text, url) => {
  expect(parseProxyUrl(text)).toBe(url);
});

describe('doctor', () => {
  const api = { CHATRHUB_API_URL: 'https://api.example.com/api/v1' };

  it.each([
    [{}, 'ok', 'the API at api.example.com: directly, as HTTPS_PROXY is not set'],
    [{ HTTPS_PROXY: PROXY }, 'ok', 'the API at api.example.com: through the proxy http://[secret]@proxy.internal:3128 (HTTPS_PROXY)'],
    [{ HTTPS_PROXY: PROXY, NO_PROXY: '.example.com' }, 'ok', 'the API at api.example.com: directly, as NO_PROXY names it'],
    [{ HTTPS_PROXY: PROXY, CHATRHUB_API_URL: 'http://localhost:1' }, 'ok', 'the API at localhost:1: directly, as it is this machine'],
    [{ ALL_PROXY: PROXY }, 'ok', 'the API at api.example.com: through the proxy http://[secret]@proxy.internal:3128 (ALL_PROXY)'],
    [{ HTTP_PROXY: PROXY }, 'warn', 'the API at api.example.com: directly, as HTTPS_PROXY is not set; HTTP_PROXY is for http only'],
  ])('says of %j which way the API is reached', (settings, outcome, text) => {
    expect(checkNetwork({ ...api, ...settings })).toMatchObject([{ check: 'network', outcome, text }]);
  });

  it('says which way alerts go, and no more of their address than its host', () => {
    const [, alerts] = checkNetwork({ ...api, HTTP_PROXY: PROXY, ALERT_WEBHOOK_URL: 'http://hooks.example.com/fake-canary' });
    expect(alerts?.text).toBe('alerts at hooks.example.com: through the proxy http://[secret]@proxy.internal:3128 (HTTP_PROXY)');
  });
});

it('a proxy without a user has nothing to hide', () => {
  expect(showProxy({ url: new URL('http://proxy:3128'), setting: 'HTTP_PROXY' })).toBe('http://proxy:3128 (HTTP_PROXY)');
});
