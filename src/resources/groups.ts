import { bigint, boolean, jsonb, text } from 'drizzle-orm/pg-core';
import { defineResource, describe, visitorData } from '../records/resource.ts';
import { chatrhub, chatrhubPrivate, instant, listed, listedNotes, stub, stubNotes, tracked, trackedNotes } from './tables/schemas.ts';

export const groupsTable = chatrhub.table('groups', {
  id: bigint('group_id', { mode: 'number' }).primaryKey(),
  client_id: bigint('client_id', { mode: 'number' }).notNull(),
  group_name: text('group_name'),
  group_type: text('group_type'),
  system_group: boolean('is_system_group'),
  trmnt_ind: boolean('is_terminated'),
  create_by: bigint('created_by_agent_id', { mode: 'number' }),
  create_dt: instant('created_at'),
  updt_by: bigint('updated_by_agent_id', { mode: 'number' }),
  updt_dt: instant('updated_at'),
  ...listed,
  ...stub,
  ...tracked,
});

export const groupMatchRules = chatrhubPrivate.table('group_match_rules', {
  id: bigint('group_id', { mode: 'number' })
    .primaryKey()
    .references(() => groupsTable.id, { onDelete: 'cascade' }),
  visitor_phone_matches: jsonb('phone_patterns'),
  visitor_email_matches: jsonb('email_patterns'),
  visitor_current_url_matches: jsonb('current_url_patterns'),
  visitor_referrer_url_matches: jsonb('referrer_url_patterns'),
  visitor_company_matches: jsonb('company_patterns'),
  visitor_state_matches: jsonb('state_patterns'),
  visitor_zip_matches: jsonb('zip_patterns'),
  visitor_city_matches: jsonb('city_patterns'),
  visitor_country_matches: jsonb('country_patterns'),
  ...tracked,
});

/** Routing groups. L1032. */
export default defineResource({
  name: 'groups',
  type: 'groups',
  tables: [
    describe(groupsTable, 'One row per routing group or team (API type groups). Type-1 dimension.', {
      id: 'Group number; key of this table.',
      client_id: 'ChatrHub account (tenant).',
      group_name: 'Name of the group.',
      group_type: 'Kind of group, e.g. CUSTOM; null when the list call leaves it out.',
      system_group: 'True for groups that ChatrHub itself created.',
      trmnt_ind: 'Soft-delete flag of the source (trmnt_ind).',
      create_by: 'Agent who created the group; audit column.',
      create_dt: 'When the group was created.',
      updt_by: 'Agent who last changed the group; audit column.',
      updt_dt: 'When the group last changed; null when never.',
      ...listedNotes,
      ...stubNotes,
      ...trackedNotes,
    }),
    describe(groupMatchRules, 'Which visitors a group takes: one row per group. An empty list is no rule.', {
      id: 'Key of the parent row in chatrhub.groups.',
      visitor_phone_matches: visitorData('Routing patterns; a stringified JSON list, parsed; [""] means no rule and is stored as [].'),
      visitor_email_matches: visitorData('Routing patterns; a stringified JSON list, parsed; [""] means no rule and is stored as [].'),
      visitor_current_url_matches: visitorData(
        'Routing patterns; a stringified JSON list, parsed; [""] means no rule and is stored as [].',
      ),
      visitor_referrer_url_matches: visitorData(
        'Routing patterns; a stringified JSON list, parsed; [""] means no rule and is stored as [].',
      ),
      visitor_company_matches: visitorData('Routing patterns; a stringified JSON list, parsed; [""] means no rule and is stored as [].'),
      visitor_state_matches: visitorData('Routing patterns; a stringified JSON list, parsed; [""] means no rule and is stored as [].'),
      visitor_zip_matches: visitorData('Routing patterns; a stringified JSON list, parsed; [""] means no rule and is stored as [].'),
      visitor_city_matches: visitorData('Routing patterns; a stringified JSON list, parsed; [""] means no rule and is stored as [].'),
      visitor_country_matches: visitorData('Routing patterns; a stringified JSON list, parsed; [""] means no rule and is stored as [].'),
      ...trackedNotes,
    }),
  ],
  path: '/groups.json',
  scope: { over: 'nothing' },
  order: 20,
  every: 'run',
  listOmits: ['system_group', 'trmnt_ind'],
});
