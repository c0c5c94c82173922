import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createScrubber } from '../../src/scrubber.ts';
import { secretsOf } from '../../src/settings/secrets.ts';

const SECRET = 'fake "pässwörd" & 9/+%🗝';
const scrub = createScrubber([SECRET]);
const base64 = (text: string) => Buffer.from(text).toString('base64');
const NO_TRACE = /fake|p.{1,8}ssw|rd"|🗝/i;

describe('a secret is replaced', () => {
  it.each([
    ['as it is', SECRET],
    ['composed', SECRET.normalize('NFC')],
    ['decomposed', SECRET.normalize('NFD')],
    ['percent-encoded', encodeURIComponent(SECRET)],
    ['percent-encoded in small letters', encodeURIComponent(SECRET).replace(/%\w\w/g, (code) => code.toLowerCase())],
    ['percent-encoded as an address is', new URL(`http://u:${encodeURI(SECRET).replaceAll('/', '%2F')}@h`).password],
    ['percent-encoded as a form is', new URLSearchParams({ a: SECRET }).toString().slice(2)],
    ['percent-encoded in every letter', [...Buffer.from(SECRET)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('')],
    ['in JSON', JSON.stringify(SECRET).slice(1, -1)],
    [
      'in JSON of ASCII',
      JSON.stringify(SECRET)
        .slice(1, -1)
        .replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`),
    ],
    ['in HTML', SECRET.replaceAll('&', '&amp;').replaceAll('"', '&quot;')],
    ['read as Latin-1', Buffer.from(SECRET).toString('latin1')],
    ['in base64', base64(SECRET)],
    ['in base64 of addresses', Buffer.from(SECRET).toString('base64url')],
  ])('%s, in the midst of words too', (_, written) => {
    expect(scrub(`x${written}y`)).toBe('x[secret]y');
    expect(scrub(`${written} and ${written}`)).toBe('[secret] and [secret]');
  });

  it.each(['u:', 'ab', 'ab:', 'abcd:'])('in base64 after %j, as authentication sends it', (before) => {
    const shown = scrub(base64(`${before}${SECRET}:and more`));
    expect(shown).toContain('[secret]');
    expect(Buffer.from(shown.replace('[secret]', ''), 'base64').toString()).not.toMatch(NO_TRACE);
  });

  it('in base64 with its last letter, where it shares none with what follows', () => {
    expect(createScrubber(['fake-canary1'])(`x${base64('fake-canary1')}y`)).toBe('x[secret]y');
  });

  it('with all of another one that contains it, begins in it, or ends in it', () => {
    const several = createScrubber(['fake-canary-one', 'fake-canary-one-and-more', 'one-and-more-of-this', 'abababababab']);
    expect(several('fake-canary-one-and-more')).toBe('[secret]');
    expect(several('a fake-canary-one-and-more-of-this b')).toBe('a [secret] b');
    expect(several('xabababababababx')).toBe('x[secret]x');
    expect(several('abababababab, then fake-canary-one')).toBe('[secret], then [secret]');
  });

  it('whatever it is, and nothing else', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 32, max: 0x3000 }), { minLength: 12, maxLength: 30 }).map((codes) => String.fromCodePoint(...codes)),
        fc.string(),
        (secret, other) => {
          fc.pre(!secret.includes('[') && !other.includes('[') && secret.length >= 12);
          const shown = createScrubber([secret])(`${other} ${secret} ${other}`);
          expect(shown).not.toContain(secret);
          expect(shown.startsWith(other.slice(0, -secret.length))).toBe(true);
        },
      ),
    );
  });
});

describe('a short secret is replaced where it is a word, and words that contain it stay', () => {
  it.each([
    ['sync', 'chatrhub-sync: sync of synced_at, resync, sync-run', 'chatrhub-sync: [secret] of synced_at, resync, sync-run'],
    ['hunter2', 'postgres://u:hunter2@host?a=hunter2', 'postgres://u:[secret]@host?a=[secret]'],
    ['hunter2', 'u%3Ahunter2%40h \\nhunter2', 'u%3A[secret]%40h \\n[secret]'],
    ['päss', 'päss pässe überpäss p%C3%A4ss', '[secret] pässe überpäss [secret]'],
    ['abc', 'abc is no secret', 'abc is no secret'],
  ])('%s', (secret, text, shown) => {
    expect(createScrubber([secret])(text)).toBe(shown);
  });
});

it('of settings, keys, passwords and what is sent of them are secret, and no host, user or name is', () => {
  const hide = createScrubber(
    secretsOf({
      apiKey: 'fake-canary-key',
      PII_HASH_KEY: 'fake-canary-hash-key',
      DATABASE_URL: 'postgres://loader:s%C3%A4cret@db.internal/warehouse',
      ALERT_WEBHOOK_URL: 'https://hooks.example.com/services/T000/fake-canary',
      HTTPS_PROXY: 'http://ann:h%40nter2@proxy.internal:3128/',
      ALL_PROXY: 'http://bob:canary%40all@proxy.internal:3128/',
    }),
  );
  const secrets = [
    'fake-canary-key',
    'postgres://loader:s%C3%A4cret@db.internal/warehouse',
    'säcret',
    's%c3%a4cret',
    base64('ann:h@nter2'),
    'h@nter2',
    'canary@all',
    '/services/T000/fake-canary',
  ];
  for (const secret of secrets) expect(hide(`a ${secret} b`)).toBe('a [secret] b');
  const text = 'ann, loader at db.internal/warehouse, https://hooks.example.com, proxy.internal:3128, s%C3%A4cretary';
  expect(hide(text)).toBe(text);
});
