import type { DictionaryLine } from './doc-pages.ts';
import { yamlLines } from './yaml.ts';

type Member = { name: string; type: string; sql: string; description?: string; primary_key?: boolean; public?: boolean; format?: string };
/** A cube of the model: a table with what it is grouped by, what is measured of it, and what it is joined to. */
export type Cube = {
  name: string;
  sql_table: string;
  description: string;
  joins: { name: string; relationship: 'many_to_one'; sql: string }[];
  dimensions: Member[];
  measures: Member[];
};

/** What of a table is in the model. `key`: the columns that tell its rows apart; `only`: its dimensions, where not all are. */
type Modelled = {
  table: string;
  key: readonly string[];
  only?: readonly string[];
  /** Sums that it has not: those that hold for rows that do not count, too. */
  without?: readonly string[];
  joins?: readonly (keyof typeof JOINED_BY)[];
  rates?: Readonly<Record<string, readonly [part: string, whole: string]>>;
  more?: readonly Member[];
};

const JOINED_BY = { agents: 'agent_id', groups: 'group_id', calendar: 'date_day' } as const;

const median = (name: string, column: string, share = 0.5): Member => ({
  name,
  type: 'number',
  sql: `percentile_cont(${share}) within group (order by {CUBE}.${column}) filter (where {CUBE}.is_counted)`,
});

const MODELLED: readonly Modelled[] = [
  { table: 'chatrhub.agents', key: ['agent_id'], only: ['agent_id', 'full_name', 'is_bot'] },
  { table: 'chatrhub.groups', key: ['group_id'], only: ['group_id', 'group_name'] },
  { table: 'chatrhub_bi.calendar', key: ['date_day'] },
  {
    table: 'chatrhub_bi.chats_enriched',
    key: ['chat_id'],
    without: [
      'response_delay_seconds',
      'duration_seconds',
      'active_seconds',
      'first_response_seconds',
      'first_response_business_seconds',
      'first_bot_response_seconds',
      'person_wait_seconds',
      'message_count',
      'visitor_message_count',
      'agent_message_count',
      'bot_message_count',
    ],
    joins: ['agents', 'groups', 'calendar'],
    rates: {
      missed_rate: ['missed_chat_count', 'chat_count'],
      transfer_rate: ['transferred_chat_count', 'served_chat_count'],
      csat_rate: ['great_chat_count', 'rated_chat_count'],
      answered_in_60s_rate: ['answered_in_60s_count', 'answerable_chat_count'],
    },
    more: [
      median('median_first_response_seconds', 'first_response_seconds'),
      median('p90_first_response_seconds', 'first_response_seconds', 0.9),
      median('median_person_wait_seconds', 'person_wait_seconds'),
      median('p90_person_wait_seconds', 'person_wait_seconds', 0.9),
      median('median_active_seconds', 'active_seconds'),
      median('p90_active_seconds', 'active_seconds', 0.9),
      { name: 'distinct_visitor_count', type: 'count_distinct', sql: 'case when {CUBE}.is_counted then {CUBE}.visitor_id end' },
    ],
  },
  {
    table: 'chatrhub_bi.daily_chats',
    key: ['date_day'],
    joins: ['calendar'],
    rates: {
      missed_rate: ['missed_chat_count', 'chat_count'],
      transfer_rate: ['transferred_chat_count', 'served_chat_count'],
      csat_rate: ['great_chat_count', 'rated_chat_count'],
      answered_in_60s_rate: ['answered_in_60s_count', 'answerable_chat_count'],
      message_coverage_rate: ['chats_with_messages_count', 'chat_count'],
    },
  },
  {
    table: 'chatrhub_bi.agent_daily_performance',
    key: ['agent_id', 'date_day'],
    joins: ['agents', 'calendar'],
    rates: {
      missed_rate: ['missed_chat_count', 'chat_count'],
      transfer_rate: ['transferred_out_chat_count', 'served_chat_count'],
      csat_rate: ['great_chat_count', 'rated_chat_count'],
      answered_in_60s_rate: ['answered_in_60s_count', 'answerable_chat_count'],
      occupancy_rate: ['engaged_seconds', 'online_seconds'],
      assigned_rate: ['assigned_seconds', 'online_seconds'],
      availability_rate: ['available_seconds', 'online_seconds'],
      average_concurrency: ['chat_seconds', 'engaged_seconds'],
    },
  },
  {
    table: 'chatrhub_bi.csat',
    key: ['date_day', 'agent_id', 'group_id', 'channel'],
    joins: ['agents', 'groups', 'calendar'],
    rates: { csat_rate: ['great_chat_count', 'rated_chat_count'], rating_response_rate: ['rated_chat_count', 'asked_or_rated_chat_count'] },
  },
  {
    table: 'chatrhub_bi.hourly_demand_vs_availability',
    key: ['hour_start_at'],
    joins: ['calendar'],
    rates: {
      missed_rate: ['missed_chat_count', 'chat_count'],
      chats_per_available_agent_hour: ['chat_count', 'available_agent_hours'],
    },
  },
  {
    table: 'chatrhub_bi.response_time_buckets',
    key: ['date_day', 'group_id'],
    joins: ['groups', 'calendar'],
    rates: { never_rate: ['never_count', 'answerable_chat_count'] },
  },
];

const NUMBERS = ['smallint', 'integer', 'bigint', 'double precision'];
/** Numbers that are names of things or steps, by which rows are grouped. */
const isLabel = (name: string): boolean => /_(id|rating|sequence)$|^(hour_of_day|day_of_week)$/.test(name);
/** What may be added up over rows: counts and times, but for those that say otherwise. */
const isSummed = ({ column_name: name, description }: DictionaryLine): boolean =>
  /_(count|sum|seconds|hours)$/.test(name) && !description.includes('Not additive');

/** Local days are shown as they are: Cube takes a date for a moment of the session's time zone. */
function dimension({ column_name: name, data_type: type, description }: DictionaryLine): Member {
  const kinds: Record<string, string> = { text: 'string', boolean: 'boolean', date: 'time', 'timestamp with time zone': 'time' };
  return { name, type: kinds[type] ?? 'number', sql: `{CUBE}.${name}${type === 'date' ? '::timestamp' : ''}`, description };
}

/** The model of Cube for the main views: dimensions and sums by the data dictionary, rates divided last, joins by id. */
export function cubeModel(dictionary: readonly DictionaryLine[]): Cube[] {
  return MODELLED.map(({ table, key, only, without = [], joins = [], rates = {}, more = [] }) => {
    const lines = dictionary
      .filter((line) => `${line.schema_name}.${line.table_name}` === table)
      .toSorted((a, b) => a.column_position - b.column_position);
    const meaning = (name: string): { description?: string } => {
      const description = dictionary.find((line) => line.column_name === name && line.schema_name === 'chatrhub_bi')?.description;
      return description ? { description } : {};
    };
    const shown = lines.filter(
      (line) => only?.includes(line.column_name) ?? (!NUMBERS.includes(line.data_type) || isLabel(line.column_name)),
    );
    const isKey = (name: string) => key.length === 1 && key[0] === name;
    const dimensions = shown.map((line) => ({
      ...dimension(line),
      ...(isKey(line.column_name) ? { primary_key: true, public: true } : {}),
    }));
    const whole = key.map((name) => `coalesce({CUBE}.${name}::text, '')`).join(" || ' ' || ");
    const rows: Member = { name: 'row_key', type: 'string', sql: whole, primary_key: true, public: false };
    const sums = only
      ? []
      : lines.filter(
          (line) => NUMBERS.includes(line.data_type) && !isLabel(line.column_name) && !without.includes(line.column_name) && isSummed(line),
        );
    return {
      name: table.split('.')[1] ?? '',
      sql_table: table,
      description: lines[0]?.table_description ?? '',
      joins: joins.map((name) => ({
        name,
        relationship: 'many_to_one',
        sql: `{CUBE}.${JOINED_BY[name]} = {${name}}.${JOINED_BY[name]}`,
      })),
      dimensions: key.length === 1 ? dimensions : [rows, ...dimensions],
      measures: [
        ...sums.map(({ column_name: name, description }): Member => ({ name, type: 'sum', sql: `{CUBE}.${name}`, description })),
        ...Object.entries(rates).map(
          ([name, [part, of]]): Member => ({
            name,
            type: 'number',
            sql: `{${part}}::double precision / nullif({${of}}, 0)`,
            ...meaning(name),
            ...(name.endsWith('_rate') ? { format: 'percent' } : {}),
          }),
        ),
        ...more.map((member) => ({ ...member, ...meaning(member.name) })),
      ],
    };
  });
}

/** bi/cube/model/chatrhub.yml */
export const cubePage = (model: readonly Cube[]): string =>
  [
    '# Generated by `npm run docs`: change the words beside the code, and what is in the model in test/support/cube-model.ts.',
    ...yamlLines({ cubes: model }),
    '',
  ].join('\n');
