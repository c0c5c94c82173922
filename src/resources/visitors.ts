import { sql } from 'drizzle-orm';
import { bigint, boolean, index, text } from 'drizzle-orm/pg-core';
import { defineResource, describe, visitorData } from '../records/resource.ts';
import { groupsTable } from './groups.ts';
import {
  chatrhub,
  chatrhubPrivate,
  indexed,
  instant,
  listed,
  listedNotes,
  stub,
  stubNotes,
  stubsIndexed,
  tracked,
  trackedNotes,
} from './tables/schemas.ts';

export const visitorsTable = chatrhub.table(
  'visitors',
  {
    id: bigint('visitor_id', { mode: 'number' }).primaryKey(),
    client_id: bigint('client_id', { mode: 'number' }).notNull(),
    group_id: bigint('group_id', { mode: 'number' }).references(() => groupsTable.id),
    create_by: bigint('created_by_agent_id', { mode: 'number' }),
    create_dt: instant('created_at'),
    updt_by: bigint('updated_by_agent_id', { mode: 'number' }),
    updt_dt: instant('updated_at'),
    ...listed,
    ...tracked,
    hasEmail: boolean('has_email').notNull().default(false),
    hasPhone: boolean('has_phone').notNull().default(false),
    trmnt_ind: boolean('is_terminated'),
    ...stub,
    visitorChannel: text('channel').notNull().default('unknown'),
    city: text('city'),
    state: text('state'),
    country: text('country'),
    referrerHost: text('referrer_host'),
  },
  (t) => [stubsIndexed('visitors', t.id), ...indexed('visitors', [t.group_id])],
);

export const visitorContacts = chatrhubPrivate.table(
  'visitor_contacts',
  {
    id: bigint('visitor_id', { mode: 'number' })
      .primaryKey()
      .references(() => visitorsTable.id, { onDelete: 'cascade' }),
    name: text('name'),
    company_name: text('company_name'),
    street_address_1: text('street_address_1'),
    street_address_2: text('street_address_2'),
    zip_code: text('zip_code'),
    phone: text('phone'),
    email: text('email'),
    current_url: text('current_url'),
    referrer_url: text('referrer_url'),
    ip_address: text('ip_address'),
    xmpp_username: text('xmpp_username'),
    ...tracked,
  },
  // Finds visitors who share a user name. A hash takes texts of any length.
  (t) => [index('visitor_contacts_xmpp_username_idx').using('hash', sql`lower(${t.xmpp_username})`)],
);

/** Visitors. Chats embed them, so that the list, which is every visitor ever, is asked for once a week. L1590. */
export default defineResource({
  name: 'visitors',
  type: 'visitors',
  tables: [
    describe(
      visitorsTable,
      'One row per website or text-message visitor. Contact details live in chatrhub_private.visitor_contacts so that this table is safe for analysts.',
      {
        id: 'Visitor number; key of this table.',
        client_id: 'ChatrHub account (tenant).',
        city: 'City of the visitor.',
        state: 'State or region code of the visitor.',
        country: 'Country code of the visitor.',
        hasEmail: 'True when an e-mail address is known.',
        hasPhone: 'True when a phone number is known.',
        visitorChannel: 'web when an IP address was seen, sms when there is a phone number and no IP address, else unknown.',
        group_id: 'Group the visitor is assigned to now.',
        referrerHost: 'Host part of the referrer only, safe to group by.',
        trmnt_ind: 'Soft-delete flag of the source; null when the list call leaves it out.',
        create_by: 'Agent (often a system account) that created the record; audit column.',
        create_dt: 'When the visitor was first seen.',
        updt_by: 'Agent who last changed the record; audit column.',
        updt_dt: 'When the record last changed.',
        ...listedNotes,
        ...stubNotes,
        ...trackedNotes,
      },
    ),
    describe(visitorContacts, 'Contact details of a visitor: one row per visitor.', {
      id: 'Key of the parent row in chatrhub.visitors.',
      name: visitorData('Name of the visitor.'),
      company_name: visitorData('Company of the visitor as typed or matched.'),
      street_address_1: visitorData('First address line.'),
      street_address_2: visitorData('Second address line.'),
      zip_code: visitorData('Postal code; text, leading zeros matter.'),
      phone: visitorData('Phone number, digits only, as text.'),
      email: visitorData('E-mail address of the visitor.'),
      current_url: visitorData('Last page the visitor was on; query strings may hold personal data.'),
      referrer_url: visitorData('Last page that led the visitor here.'),
      ip_address: visitorData('IP address; text because several BI drivers do not map inet.'),
      xmpp_username: visitorData('Chat user name; needed to ask for messages by visitor, useless to analysts.'),
      ...trackedNotes,
    }),
  ],
  path: '/visitors.json',
  scope: { over: 'nothing' },
  order: 80,
  every: 'week',
  listOmits: ['trmnt_ind'],
  keepsPersonal: ['xmpp_username'],
  identifiers: ['email', 'phone', 'xmpp_username'],
  belongsTo: { visitors: ['id'], name: 'xmpp_username' },
  erasedToo: ['city', 'state', 'country', 'hasEmail', 'hasPhone', 'referrerHost'],
  derive: {
    hasEmail: ({ email }) => isFilled(email),
    hasPhone: ({ phone }) => isFilled(phone),
    visitorChannel: ({ ip_address: ip, phone }) => {
      const [hasIp, hasPhone] = [isFilled(ip), isFilled(phone)];
      if (hasIp === undefined || (!hasIp && hasPhone === undefined)) return undefined;
      return hasIp ? 'web' : hasPhone ? 'sms' : 'unknown';
    },
    referrerHost: ({ referrer_url: url }) => (typeof url === 'string' ? hostOf(url) : url),
  },
});

/** Whether a text says something; undefined when the record does not hold the attribute. */
const isFilled = (value: unknown): boolean | undefined =>
  value === undefined ? undefined : typeof value === 'string' && value.trim() !== '';

/** The host of an address, also of one without a scheme; null when there is none. */
function hostOf(url: string): string | null {
  const address = /^[a-z][a-z0-9+.-]*:\/\//i.test(url) ? url : `https://${url}`;
  return URL.canParse(address) ? new URL(address).hostname || null : null;
}
