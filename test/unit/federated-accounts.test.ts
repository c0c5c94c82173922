import { describe, expect, it } from 'vitest';
import { parseAccount } from '../../src/cli/options.ts';

describe('an account of --account', () => {
  it('is a name and where its warehouse is, in the words of postgres_fdw; each stands beside those before', () => {
    const one = parseAccount('acme=postgres://re%40der@db.internal/ware%20house');
    expect(parseAccount('globex_2=postgresql://bi@[2001:db8::1]:6432/g?sslmode=verify-full&sslrootcert=/etc/ca.pem', one)).toEqual([
      { name: 'acme', user: 're@der', options: { host: 'db.internal', port: '5432', dbname: 'ware house' } },
      {
        name: 'globex_2',
        user: 'bi',
        options: { host: '2001:db8::1', port: '6432', dbname: 'g', sslmode: 'verify-full', sslrootcert: '/etc/ca.pem' },
      },
    ]);
  });

  it.each([
    ['acme', /expected postgres:\/\/|allowed are names/],
    ['Acme=postgres://bi@h/d', /names of small letters, digits and _/],
    [`a"; drop schema x; --=postgres://bi@h/d`, /names of small letters/],
    ['acme=https://bi@h/d', /expected postgres:\/\/user@host:5432\/database/],
    ['acme=postgres://h/d', /expected postgres:/],
    ['acme=postgres://bi@h', /expected postgres:/],
    ['acme=postgres://bi:fake-p@h/d', /^leave the password out: whoever lists processes would see it\.$/],
    ['acme=postgres://bi@h/d?options=-c%20x', /options: allowed are sslmode/],
  ])('that is %j is refused with what is allowed', (text, reason) => {
    expect(() => parseAccount(text)).toThrow(reason);
  });

  it('is refused twice', () => {
    const one = parseAccount('acme=postgres://bi@h/d');
    expect(() => parseAccount('acme=postgres://bi@h/e', one)).toThrow('there are two accounts acme');
  });
});
