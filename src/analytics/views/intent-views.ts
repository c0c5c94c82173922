import type { View } from '../../records/view.ts';
import { LOCAL, localColumns } from '../local-time.ts';
import { share } from '../measures.ts';
import { describeColumns } from '../source-words.ts';
import { STORE } from '../stored-views.ts';

const SLOTS = [1, 2, 3, 4, 5];
const label = (slot: number): string => `nullif(m.manual_intent_id_${slot}, '')`;

export const messageIntentLabels: View = {
  schema: 'chatrhub_bi',
  name: 'message_intent_labels',
  sql: `
select m.message_id, m.chat_id, l.slot, l.intent_id, i.intent_name, l.labelled_by_agent_id
from chatrhub.messages m
cross join lateral (values ${SLOTS.map((slot) => `(${slot}::integer, ${label(slot)}, m.manual_user_agent_id_${slot})`).join(', ')}) as l (slot, intent_id, labelled_by_agent_id)
left join chatrhub.intents i on i.intent_id = l.intent_id
where l.intent_id is not null`,
  about: 'The intents that people gave to messages: one row per message and used slot, of which a message has five.',
  notes: {
    ...describeColumns('message_id', 'chat_id', 'intent_id', 'intent_name'),
    slot: 'Which of the five labels it is, 1 to 5.',
    labelled_by_agent_id: 'Agent who gave the label.',
  },
};

const TRUTH = `coalesce(nullif(m.final_manual_intent_id, ''), ${SLOTS.toReversed().map(label).join(', ')})`;
const FIRST_LABEL = `coalesce(${SLOTS.map(label).join(', ')})`;

/** SQL: what the AI took a message `m` for, and what it was. */
const LABELS = `nullif(m.batch_intent_id, '') as batch_intent_id, m.batch_intent_probability, ${TRUTH} as true_intent_id,
    coalesce(${SLOTS.map((slot) => `${label(slot)} <> ${FIRST_LABEL}`).join(' or ')}, false) as is_disputed`;

export const intentLabels: View = {
  schema: 'chatrhub_bi',
  name: 'intent_labels',
  sql: `
select message_id, chat_id, created_at, ${localColumns('created_at')}, batch_intent_id, batch_intent_probability, true_intent_id,
  true_intent_id is not null as is_labelled, batch_intent_id = true_intent_id as is_agreement,
  label_count, distinct_label_count, is_disputed
from (
  select m.message_id, m.chat_id, m.created_at, ${LABELS},
    num_nonnulls(${SLOTS.map(label).join(', ')}) as label_count,
    (select count(distinct intent_id)::int from (values ${SLOTS.map((slot) => `(${label(slot)})`).join(', ')}) as slots (intent_id)) as distinct_label_count
  from chatrhub.messages m
) messages
where batch_intent_id is not null or true_intent_id is not null`,
  about:
    'What the AI took a message for, and what it was: one row per message with an intent. The truth is the final manual intent, else the label in the highest slot that is used.',
  notes: {
    ...describeColumns('message_id', 'chat_id', 'batch_intent_id', 'true_intent_id'),
    created_at: { like: 'messages.created_at' },
    ...describeColumns(...LOCAL),
    batch_intent_probability: { like: 'messages.batch_intent_probability' },
    is_labelled: 'True when people said what the message meant.',
    is_agreement: 'True when the AI chose the true intent; null when the AI chose none, or nobody labelled the message.',
    label_count: 'Labels that people gave, 0 to 5.',
    distinct_label_count: 'Different intents among them. Not additive.',
    is_disputed: 'True when there is more than one.',
  },
};

const SUMS = ['message_count', 'disputed_message_count', 'probability_count'] as const;

export const intentOutcomes: View = {
  schema: 'chatrhub_bi',
  name: 'intent_outcomes',
  sql: `
select batch_intent_id, probability_tenth, true_intent_id, ${SUMS.map((name) => `sum(${name})::bigint as ${name}`).join(', ')}, sum(probability_sum) as probability_sum
from ${STORE}.intent_outcomes group by batch_intent_id, probability_tenth, true_intent_id`,
  stored: {
    unit: 'message_days',
    key: ['date_day', 'batch_intent_id', 'probability_tenth', 'true_intent_id'],
    sql: `
with messages as (
  select d.date_day, m.* from bi_days d join ${STORE}.chats_enriched e on e.date_day = d.date_day join chatrhub.messages m on m.chat_id = e.chat_id
  where d.has_messages
  union all
  -- Of chats that are known by their messages alone it is not known when they began.
  select '-infinity'::date, m.* from chatrhub.chats c join chatrhub.messages m on m.chat_id = c.chat_id where c.created_at is null
)
select date_day, batch_intent_id,
  case when batch_intent_probability between 0 and 1 then least(floor(batch_intent_probability * 10), 9)::integer end as probability_tenth,
  true_intent_id, count(*) as message_count,
  count(*) filter (where is_disputed) as disputed_message_count,
  count(batch_intent_probability) as probability_count,
  coalesce(sum(batch_intent_probability), 0) as probability_sum
from (select m.date_day, ${LABELS} from messages m) labelled
where batch_intent_id is not null group by 1, 2, 3, 4`,
  },
  about:
    'How many messages the AI took for an intent, by probability and by what they were: one row per AI intent, tenth of probability and true intent. The true intent is null for messages without a label. What intent_quality, intent_calibration and intent_confusion add up.',
  notes: {
    ...describeColumns('batch_intent_id', 'true_intent_id', 'disputed_message_count'),
    probability_tenth: 'Tenth of the probability, 0 (below 0.1) to 9 (0.9 to 1, 1 included); null without a probability from 0 to 1.',
    message_count: 'Messages.',
    probability_count: 'Messages with a probability.',
    probability_sum: 'Sum of the probabilities, to divide by probability_count.',
  },
};

/** SQL: what is measured of messages whose intent the AI chose. */
const MEASURES = `sum(message_count)::bigint as message_count,
    coalesce(sum(message_count) filter (where true_intent_id is not null), 0)::bigint as labelled_message_count,
    coalesce(sum(message_count) filter (where true_intent_id = batch_intent_id), 0)::bigint as agreed_message_count,
    sum(disputed_message_count)::bigint as disputed_message_count,
    sum(probability_sum) / nullif(sum(probability_count), 0)::double precision as average_probability`;
const RATES = `message_count, labelled_message_count, agreed_message_count, disputed_message_count, average_probability,
  ${share('agreed_message_count', 'labelled_message_count')} as agreement_rate,
  ${share('labelled_message_count', 'message_count')} as label_coverage_rate`;
const MEASURED = [
  'labelled_message_count',
  'agreed_message_count',
  'disputed_message_count',
  'average_probability',
  'agreement_rate',
  'label_coverage_rate',
] as const;

const CAVEAT =
  'Labels come mostly from messages of low probability (that is what creates machine-learning tasks), so agreement understates how right the AI is overall. Read it by tenth of probability, or weigh the tenths by their volume.';

export const intentQuality: View = {
  schema: 'chatrhub_bi',
  name: 'intent_quality',
  sql: `
select q.batch_intent_id, i.intent_name as batch_intent_name, ${RATES}
from (
  select batch_intent_id, ${MEASURES} from chatrhub_bi.intent_outcomes group by batch_intent_id
) q left join chatrhub.intents i on i.intent_id = q.batch_intent_id`,
  about: `How often people agree with the AI: one row per intent that it chose. ${CAVEAT}`,
  notes: {
    ...describeColumns('batch_intent_id', 'batch_intent_name', ...MEASURED),
    message_count: 'Messages for which the AI chose this intent.',
  },
};

export const intentCalibration: View = {
  schema: 'chatrhub_bi',
  name: 'intent_calibration',
  sql: `
select tenth as probability_tenth, tenth / 10::double precision as probability_from, (tenth + 1) / 10::double precision as probability_until, ${RATES}
from (
  select probability_tenth as tenth, ${MEASURES}
  from chatrhub_bi.intent_outcomes where probability_tenth is not null group by probability_tenth
) q`,
  about: `Whether the AI is right as often as its probability says: one row per tenth of probability. ${CAVEAT}`,
  notes: {
    ...describeColumns(...MEASURED),
    message_count: 'Messages with a probability in this tenth.',
    probability_tenth: 'Tenth of the probability, 0 (below 0.1) to 9 (0.9 to 1, 1 included).',
    probability_from: 'Least probability in this tenth.',
    probability_until: 'End of this tenth, which belongs to the next, except 1.',
  },
};

export const intentConfusion: View = {
  schema: 'chatrhub_bi',
  name: 'intent_confusion',
  sql: `
select q.batch_intent_id, b.intent_name as batch_intent_name, q.true_intent_id, t.intent_name as true_intent_name, q.message_count
from (
  select batch_intent_id, true_intent_id, sum(message_count)::bigint as message_count
  from chatrhub_bi.intent_outcomes where true_intent_id is not null group by batch_intent_id, true_intent_id
) q
left join chatrhub.intents b on b.intent_id = q.batch_intent_id
left join chatrhub.intents t on t.intent_id = q.true_intent_id`,
  about: `What the AI takes for what: one row per pair of the intent it chose and the true one, of labelled messages. ${CAVEAT}`,
  notes: {
    ...describeColumns('batch_intent_id', 'batch_intent_name', 'true_intent_id'),
    true_intent_name: { like: 'intents.intent_name' },
    message_count: 'Labelled messages with this pair.',
  },
};
