import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeUsageError } from '../../src/cli/usage-errors.ts';
import { readConfig } from '../../src/config.ts';
import { describeConnection } from '../../src/network/connection-failure.ts';
import { findRoute } from '../../src/network/proxies.ts';
import { ProxyError } from '../../src/network/proxy-error.ts';
import { checkNetwork } from '../../src/operations/network-checks.ts';

/** Mistakes that users make with settings, networks and terminals. Each message names the setting, and says what to do. */

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'chatrhub-mistakes-'));
});
afterAll(() => rmSync(directory, { recursive: true }));

const KEY = { CHATRHUB_API_KEY: 'test-key' };
const refusing = (env: Record<string, string>, envFile = '') => {
  writeFileSync(join(directory, '.env'), envFile);
  try {
    return JSON.stringify(readConfig({ ...KEY, ...env }, directory));
  } catch (error) {
    return String(error);
  }
};

const ENCODED = 'special characters in the password percent-encoded (% is %25, # is %23, @ is %40, / is %2F)';
const DATABASE = `DATABASE_URL: expected postgres://user:password@host:5432/database, ${ENCODED}`;
const PROXY = 'HTTPS_PROXY: expected http://host:port or http://user:password@host:port';

describe('a setting that is wrong', () => {
  it.each<[string, Record<string, string>, string]>([
    ['a % in the password of the database', { DATABASE_URL: 'postgres://u:fake-50%off@db/x' }, DATABASE],
    ['a % that begins a character of Latin-1', { DATABASE_URL: 'postgres://u:fake-p%E4ss@db/x' }, DATABASE],
    ['a % in the name of its user', { DATABASE_URL: 'postgres://u%:fake-p@db/x' }, DATABASE],
    ['a % in the name of the database', { DATABASE_URL: 'postgres://u:fake-p@db/x%' }, DATABASE],
    ['a # in the password of the database', { DATABASE_URL: 'postgres://u:fake-p#ss@db/x' }, DATABASE],
    ['a / in the password of the database', { DATABASE_URL: 'postgres://u:fake-p/ss@db/x' }, DATABASE],
    ['a % in the password of the proxy', { HTTPS_PROXY: 'http://u:fake-50%off@proxy:3128' }, PROXY],
    ['a proxy that is SOCKS', { https_proxy: 'socks5://u:fake-p@proxy:1080' }, PROXY],
    ['a proxy for all that is SOCKS', { ALL_PROXY: 'socks5h://u:fake-p@proxy:1080', HTTP_PROXY: 'proxy:1' }, PROXY.replace('HTTPS', 'ALL')],
    ['a proxy with a path', { HTTPS_PROXY: 'http://proxy:3128/fake-path' }, PROXY],
    [
      'a webhook with a user in its address, which fetch does not take',
      { ALERT_WEBHOOK_URL: 'https://u:fake-p@hooks.example.com/x' },
      'ALERT_WEBHOOK_URL: expected an http or https URL without user and password',
    ],
    [
      'an API in clear, of another machine',
      { CHATRHUB_API_URL: 'http://api.example.com/api/v1' },
      'CHATRHUB_API_URL: expected an https URL without user, query or fragment (http only for this machine)',
    ],
    ['a name cut short', { SYNC_LOOKBACK: '7' }, 'SYNC_LOOKBACK: there is no such setting; did you mean SYNC_LOOKBACK_DAYS?'],
    [
      'a name without its middle',
      { CHATRHUB_LIMITS: '1/s' },
      'CHATRHUB_LIMITS: there is no such setting; did you mean CHATRHUB_RATE_LIMITS?',
    ],
    [
      'a name without an underscore',
      { PII_HASHKEY: 'fake-hash-key-0123' },
      'PII_HASHKEY: there is no such setting; did you mean PII_HASH_KEY?',
    ],
    ['two letters swapped', { SYNC_CORN: '0 3 * * *' }, 'SYNC_CORN: there is no such setting; did you mean SYNC_CRON?'],
    [
      'the name that others have',
      { DATABASE_URI: 'postgres://u:fake-p@db/x' },
      'DATABASE_URI: there is no such setting; did you mean DATABASE_URL?',
    ],
    [
      'a name that does not exist',
      { CHATRHUB_COLOUR: 'x' },
      'CHATRHUB_COLOUR: there is no such setting; docs/settings.md and .env.example list all',
    ],
  ])('%s is told', (_, env, message) => {
    const told = refusing(env);
    expect(told).toContain(`UsageError: settings that cannot be used:\n  ${message}`);
    expect(told).not.toMatch(/fake-/);
  });

  it('is told where it is in .env, too, with what to do about a name of another program', () => {
    expect(refusing({}, 'SYNC_LOOKBACK=7\n')).toContain(
      'SYNC_LOOKBACK: there is no such setting; did you mean SYNC_LOOKBACK_DAYS? If it is another program’s, unset it for this one'.replace(
        '’',
        "'",
      ),
    );
  });
});

describe('proxies', () => {
  const proxyOf = (env: Record<string, string>, envFile = '') => {
    writeFileSync(join(directory, '.env'), envFile);
    const { proxy } = findRoute(new URL('https://api.example.com'), readConfig({ ...KEY, ...env }, directory));
    return proxy?.url.href;
  };

  it.each<[string, Record<string, string>, string, string | undefined]>([
    ['in capitals', { HTTPS_PROXY: 'http://a:1' }, '', 'http://a:1/'],
    ['in small letters, without http://', { https_proxy: 'a:1' }, '', 'http://a:1/'],
    ['in both, of which small letters win', { https_proxy: 'http://a:1', HTTPS_PROXY: 'http://b:1' }, '', 'http://a:1/'],
    ['in .env', {}, 'https_proxy=http://a:1\n', 'http://a:1/'],
    [
      'in .env and the environment, which wins in either spelling',
      { HTTPS_PROXY: 'http://a:1' },
      'https_proxy=http://b:1\n',
      'http://a:1/',
    ],
    ['empty', { https_proxy: '', HTTPS_PROXY: 'http://a:1' }, '', 'http://a:1/'],
    ['with a host that no_proxy names', { HTTPS_PROXY: 'http://a:1', no_proxy: 'example.com' }, '', undefined],
    ['with a host that NO_PROXY names', { HTTPS_PROXY: 'http://a:1', NO_PROXY: '.example.com' }, '', undefined],
    ['for all', { ALL_PROXY: 'http://a:1' }, '', 'http://a:1/'],
    ['for all in small letters', { all_proxy: 'a:1', http_proxy: 'b:1' }, '', 'http://a:1/'],
    ['for https, which wins over all', { HTTPS_PROXY: 'http://a:1', ALL_PROXY: 'http://b:1' }, '', 'http://a:1/'],
    [
      'beside one for all that nothing goes through',
      { HTTPS_PROXY: 'a:1', HTTP_PROXY: 'a:1', ALL_PROXY: 'socks5://b:1' },
      '',
      'http://a:1/',
    ],
    ['for all but what NO_PROXY names', { ALL_PROXY: 'http://a:1', NO_PROXY: '.example.com' }, '', undefined],
    ['for http only', { HTTP_PROXY: 'http://a:1' }, '', undefined],
  ])('are read %s', (_, env, envFile, url) => {
    expect(proxyOf(env, envFile)).toBe(url);
  });

  it('are not shown when settings are printed', () => {
    expect(refusing({ HTTPS_PROXY: 'http://ann:fake-p@proxy:1' })).not.toContain('fake-p');
  });
});

const proxy = { url: new URL('http://loader7:fake-canary@proxy:3128'), setting: 'HTTPS_PROXY' } as const;
const failing = (code: string) => Object.assign(new Error('x'), { code });
const proxyFails = (cause: unknown) => new ProxyError(proxy, 'api.example.com:443', { cause }).message;
const proxySays = (status: number) => new ProxyError(proxy, 'api.example.com:443', { status }).message;

describe('a network', () => {
  it.each([
    ['a proxy that wants a password', proxySays(407), /HTTPS_PROXY.*\(407\).*user:password@host:port/],
    ['a proxy that does not let the API through', proxySays(403), /HTTPS_PROXY.*allow CONNECT to api\.example\.com:443/],
    ['a proxy that cannot reach the API', proxySays(502), /HTTPS_PROXY.*cannot reach api\.example\.com:443 itself: ask whoever runs it/],
    ['a web server where a proxy should be', proxySays(405), /no proxy.*check HTTPS_PROXY/],
    ['a proxy that is down', proxyFails(failing('ECONNREFUSED')), /check the host and port of HTTPS_PROXY/],
    ['a proxy with a wrong name', proxyFails(failing('ENOTFOUND')), /no such host: check HTTPS_PROXY/],
    ['https:// before a proxy that is http', proxyFails(failing('ERR_SSL_WRONG_VERSION_NUMBER')), /let HTTPS_PROXY begin with http:\/\//],
    ['a proxy with a certificate of the company', proxyFails(failing('SELF_SIGNED_CERT_IN_CHAIN')), /set NODE_EXTRA_CA_CERTS to the file/],
    ['a proxy that is not named at all', describeConnection('api.example.com', failing('ENOTFOUND')), /needs a proxy, set HTTPS_PROXY/],
    ['a firewall that drops what is not for the proxy', describeConnection('a', failing('UND_ERR_CONNECT_TIMEOUT')), /set HTTPS_PROXY/],
    ['a company that looks into TLS', describeConnection('a', failing('SELF_SIGNED_CERT_IN_CHAIN')), /NODE_EXTRA_CA_CERTS to the file/],
    [
      'a proxy for http only',
      JSON.stringify(checkNetwork({ CHATRHUB_API_URL: 'https://api.example.com', HTTP_PROXY: 'http://proxy:3128' })),
      /HTTP_PROXY is for http only.*set HTTPS_PROXY too/,
    ],
  ])('with %s: what is told names the setting and says what to do', (_, message, expected) => {
    expect(message).toMatch(expected);
    expect(message).not.toMatch(/fake-canary|loader7/);
  });
});

describe('a command line', () => {
  it('with a secret on it is told where secrets are read from, and the secret is not repeated', () => {
    const told = describeUsageError("error: unknown option '--https-proxy=http://ann:fake-canary@proxy'\n");
    expect(told).toMatch(
      /read from the environment, from \.env or from a file \(CHATRHUB_API_KEY, .*\): .*Change one that was given there/,
    );
    expect(told).not.toContain('fake-canary');
  });
});
