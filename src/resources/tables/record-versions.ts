import { integer, primaryKey, text } from 'drizzle-orm/pg-core';
import { describe, freeText } from '../../records/resource.ts';
import { chatrhubRaw, instant, resourceName } from './schemas.ts';

/** The names of the attributes that a version has, as a text for `format`, which puts the values into their places. There are few. */
export const attributeSets = chatrhubRaw.table('attribute_sets', {
  attributeSetId: integer('attribute_set_id').primaryKey().generatedAlwaysAsIdentity(),
  template: text('template').notNull(),
});

export const describedAttributeSets = describe(
  attributeSets,
  'Which attributes versions have: one row per set of names, so that no version repeats them.',
  {
    attributeSetId: 'Number of the set.',
    template: 'The JSON of a version: its names, and %s in place of each value.',
  },
);

/** What is of a fixed size comes first: PostgreSQL then needs no padding between. */
export const versions = chatrhubRaw.table(
  'versions',
  {
    firstSeenAt: instant('first_seen_at').notNull(),
    version: integer('version').notNull(),
    attributeSetId: integer('attribute_set_id').notNull(),
    resource: resourceName('resource').notNull(),
    recordKey: text('record_key').notNull(),
    values: text('values').notNull(),
  },
  (t) => [primaryKey({ columns: [t.resource, t.recordKey, t.version] })],
);

const SAID = {
  resource: 'Resource of the record: agents, groups, agent_groups, visitors, chats, messages or tasks.',
  recordKey: 'Key of the record as text: 4, or 4/7 where the key has two parts.',
  version: 'Number of the version, from 1; the largest is the latest.',
  firstSeenAt: 'When the answer that brought this version was asked for.',
};
const ABOUT_ATTRIBUTES =
  'The version before, overlaid with the attributes received: without secrets and embedded records, personal data as PII_MODE says.';

export const describedVersions = describe(versions, 'What record_versions is read from: the same rows, without the names of attributes.', {
  ...SAID,
  attributeSetId: 'Which attributes it has: see attribute_sets.',
  values: freeText(
    'The values as JSON, in the order of the names, each on a line; an empty line is null. Frequent ends are one control character.',
  ),
});

/** The view of both, which the first migration makes: it is what everybody reads, and takes insert, update and delete. */
export const recordVersionsNotes = {
  about:
    'Every distinct version of every record but those of agent_activities: one row each time a record was found to differ from its latest version.',
  notes: {
    resource: SAID.resource,
    record_key: SAID.recordKey,
    version: SAID.version,
    attributes: freeText(ABOUT_ATTRIBUTES),
    content_hash: 'SHA-256 of the attributes, in hexadecimal.',
    first_seen_at: SAID.firstSeenAt,
  },
};

export const absences = chatrhubRaw.table(
  'absences',
  {
    resource: text('resource').notNull(),
    recordKey: text('record_key').notNull(),
    missingSince: instant('missing_since').notNull(),
    returnedAt: instant('returned_at'),
  },
  (t) => [primaryKey({ columns: [t.resource, t.recordKey, t.missingSince] })],
);

export const describedAbsences = describe(
  absences,
  'When records were not in the lists of the source: one row each time one was found missing from a whole list.',
  {
    resource: 'Resource of the record: agents, groups, agent_groups, visitors, chats or tasks.',
    recordKey: 'Key of the record as text: 4, or 4/7 where the key has two parts.',
    missingSince: 'When the list was asked for that lacked it first.',
    returnedAt: 'When the list was asked for that had it again; null while it is missing.',
  },
);
