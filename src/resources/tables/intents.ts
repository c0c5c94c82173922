import { text } from 'drizzle-orm/pg-core';
import { describe } from '../../records/resource.ts';
import { chatrhub } from './schemas.ts';

export const intents = chatrhub.table('intents', {
  id: text('intent_id').primaryKey(),
  name: text('intent_name'),
});

/** The API has no endpoint for intents: their ids are collected from messages and tasks. */
export const describedIntents = describe(intents, 'Every intent that messages and tasks mention, one row each.', {
  id: 'Intent number as text; batch, manual and task intents refer to it.',
  name: 'Name of the intent; filled in by hand, as the API has no intents endpoint, and never overwritten.',
});
