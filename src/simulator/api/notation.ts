import { NO_ODDITIES, type Oddities } from './oddities.ts';

/** How the source writes records: the same facts, in other letters. */
type Writing = Pick<Oddities, 'types' | 'ids' | 'times' | 'withoutClient' | 'withoutUpdates' | 'flatRecords'>;
type Members = Record<string, unknown>;

const TIME = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)\+00:00$/;
/** Attributes with the number of another record. */
const REFERENCE = /^(client|agent|visitor|chat|group|message|from_agent|from_visitor|to_agent|to_visitor|assigned_agent)_id$/;

const TYPES: Readonly<Record<Oddities['types'], (type: string) => string | undefined>> = {
  plural: (type) => type,
  singular: (type) => type.replace(/ies$/, 'y').replace(/s$/, ''),
  class: (type) => TYPES.singular(type)?.replace(/(?:^|_)(\w)/g, (_, letter: string) => letter.toUpperCase()),
  missing: () => undefined,
};

const TIMES: Readonly<Record<Oddities['times'], (day: string, time: string) => string>> = {
  offset: (day, time) => `${day}T${time}+00:00`,
  zulu: (day, time) => `${day}T${time}Z`,
  compact: (day, time) => `${day}T${time}+0000`,
  blank: (day, time) => `${day} ${time}+00:00`,
  fraction: (day, time) => `${day}T${time}.000Z`,
};

/** Where a record's number goes. */
const IDS: Readonly<Record<Oddities['ids'], (id: unknown) => { record: Members; attributes: Members }>> = {
  numbers: (id) => ({ record: { id }, attributes: {} }),
  decimals: (id) => ({ record: { id: `${id}.0` }, attributes: {} }),
  attributes: (id) => ({ record: {}, attributes: { id } }),
};

/** A body as the source writes it: every record in it, however deep; as it is when it is written as documented. */
export function writeBody(body: unknown, writing: Writing): unknown {
  return DOCUMENTED.every(([name, value]) => writing[name] === value) ? body : write(body, writing);
}

const DOCUMENTED = (['types', 'ids', 'times', 'withoutClient', 'withoutUpdates', 'flatRecords'] as const).map(
  (name) => [name, NO_ODDITIES[name]] as const,
);

function write(body: unknown, writing: Writing): unknown {
  if (Array.isArray(body)) return body.map((item) => write(item, writing));
  if (typeof body !== 'object' || body === null) return body;
  const members = Object.entries(body);
  const isRecord = 'type' in body && 'id' in body;
  if (!isRecord) return Object.fromEntries(members.flatMap(([name, value]) => writeMember(name, value, writing)));
  const { type, id, attributes } = body as { type: string; id: unknown; attributes?: Members };
  const number = IDS[writing.ids](id);
  const told = attributes && { ...number.attributes, ...(write(attributes, writing) as Members) };
  const written = told === undefined || writing.flatRecords ? told : { attributes: told };
  const word = TYPES[writing.types](type);
  return { ...(word === undefined ? {} : { type: word }), ...number.record, ...written };
}

function writeMember(name: string, value: unknown, writing: Writing): [string, unknown][] {
  if (name === 'client_id' && writing.withoutClient) return [];
  if (name === 'updt_dt' && writing.withoutUpdates) return [[name, null]];
  if (writing.ids === 'decimals' && typeof value === 'number' && REFERENCE.test(name)) return [[name, `${value}.0`]];
  const [, day, time] = (name.endsWith('_dt') && typeof value === 'string' && TIME.exec(value)) || [];
  return [[name, day && time ? TIMES[writing.times](day, time) : write(value, writing)]];
}
