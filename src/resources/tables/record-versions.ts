import { integer, jsonb, primaryKey, text } from 'drizzle-orm/pg-core';
import { describe, freeText } from '../../records/resource.ts';
import { chatrhubRaw, instant } from './schemas.ts';

export const recordVersions = chatrhubRaw.table(
  'record_versions',
  {
    resource: text('resource').notNull(),
    recordKey: text('record_key').notNull(),
    version: integer('version').notNull(),
    attributes: jsonb('attributes').notNull(),
    contentHash: text('content_hash').notNull(),
    firstSeenAt: instant('first_seen_at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.resource, t.recordKey, t.version] })],
);

export const describedVersions = describe(
  recordVersions,
  'Every distinct version of every record but those of agent_activities: one row each time a record was found to differ from its latest version.',
  {
    resource: 'Resource of the record: agents, groups, agent_groups, visitors, chats, messages or tasks.',
    recordKey: 'Key of the record as text: 4, or 4/7 where the key has two parts.',
    version: 'Number of the version, from 1; the largest is the latest.',
    attributes: freeText(
      'The version before, overlaid with the attributes received: without secrets and embedded records, personal data as PII_MODE says.',
    ),
    contentHash: 'SHA-256 of the attributes, in hexadecimal.',
    firstSeenAt: 'When the answer that brought this version was asked for.',
  },
);

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
