import { AWKWARD_TEXTS, COMPANIES, FIRST_NAMES, LAST_NAMES, PAGES, PLACES, REFERRERS, STREETS } from './people.ts';
import type { Random } from './random.ts';
import { type Audit, auditedChange, type Change, createdAudit, SYSTEM_ACCOUNT } from './timeline.ts';

export type Visitor = Audit & {
  readonly id: number;
  readonly name: string | null;
  readonly companyName: string | null;
  readonly streetAddress1: string | null;
  readonly streetAddress2: string | null;
  readonly city: string | null;
  readonly state: string | null;
  readonly zipCode: string | null;
  readonly country: string | null;
  readonly phone: string | null;
  readonly email: string | null;
  readonly groupId: number | null;
  readonly currentUrl: string | null;
  readonly referrerUrl: string | null;
  readonly ipAddress: string | null;
  readonly xmppUsername: string;
  readonly isTerminated: boolean;
};

/** The ways to come: by the website (an address is seen), by text message (a number is known), or nobody knows how. */
const CHANNELS = {
  web: (random: Random) => ({ ipAddress: ipAddress(random), phone: random.pick([phone(random), '', null, null]) }),
  sms: (random: Random) => ({ ipAddress: random.pick(['', null]), phone: phone(random) }),
  unknown: (random: Random) => ({ ipAddress: null, phone: random.pick(['', null]) }),
};
const WAYS = ['web', 'web', 'web', 'web', 'web', 'web', 'sms', 'sms', 'unknown'] as const;

/** A visitor first seen at `at`. Every ninth or so has a name or a city that is hard to store. */
export function createVisitor(random: Random, id: number, index: number, at: Date, groupIds: readonly number[]): Visitor {
  const name = `${random.pick(FIRST_NAMES)} ${random.pick(LAST_NAMES)}`;
  // Spread by number and not by chance: the smallest account has all of them.
  const awkward = index % 5 === 2 ? AWKWARD_TEXTS[Math.floor(index / 5) % AWKWARD_TEXTS.length] : undefined;
  const place = random.pick(PLACES);
  const way = WAYS[index % WAYS.length] ?? 'web';
  return {
    id,
    name: awkward ?? random.pick([name, name, name, '', null]),
    companyName: random.pick(COMPANIES),
    streetAddress1: random.pick(STREETS),
    streetAddress2: random.chance(0.1) ? 'Suite 5' : null,
    ...place,
    ...(awkward === undefined || index % 2 === 0 ? {} : { city: awkward }),
    ...CHANNELS[way](random),
    email: random.pick([`visitor${id}@example.org`, `visitor${id}@example.org`, '', null, null]),
    groupId: random.chance(0.5) ? random.pick(groupIds) : null,
    currentUrl: random.pick(PAGES),
    referrerUrl: random.pick(REFERRERS),
    xmppUsername: `sim-visitor-${id}-${random.int(0, 36 ** 4).toString(36)}`,
    isTerminated: random.chance(0.02),
    ...createdAudit(at),
  };
}

/** What a visitor who comes back brings: another page, and perhaps an address given at last. */
export function revisit(random: Random, { id, ipAddress: oldAddress }: Visitor, at: Date, groupIds: readonly number[]): Change<Visitor> {
  return auditedChange<Visitor>(at, SYSTEM_ACCOUNT, {
    currentUrl: random.pick(PAGES),
    referrerUrl: random.pick(REFERRERS),
    ...(oldAddress ? { ipAddress: ipAddress(random) } : {}),
    ...(random.chance(0.3) ? { email: `visitor${id}@example.org` } : {}),
    ...(random.chance(0.2) ? { groupId: random.pick(groupIds) } : {}),
  });
}

function ipAddress(random: Random): string {
  return random.chance(0.1)
    ? `2001:db8::${random.int(1, 0xffff).toString(16)}`
    : `${random.pick(['192.0.2', '198.51.100', '203.0.113'])}.${random.int(1, 254)}`;
}

function phone(random: Random): string {
  return `612555${String(random.int(100, 199)).padStart(4, '0')}`;
}
