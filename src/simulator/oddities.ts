/** What the documentation leaves open, one reading each; every member may be left out. */
export type Oddities = {
  /** What an embedded record looks like: `{type, id, attributes}`, `{data: {...}}`, its attributes alone, or now this, now that. */
  readonly embed: 'resource' | 'document' | 'bare' | 'mixed';
  /** Whether the day named by `end_date` is part of the range. */
  readonly endDate: 'inclusive' | 'exclusive';
  /** Hours by which the days that dates mean are ahead of UTC, -12 to 14. */
  readonly dateZoneHours: number;
  /** What `after` of a task list means; `id`: numbers beyond it in the list's order, 0 being the beginning. */
  readonly after: 'offset' | 'id' | 'ignored';
  readonly taskOrder: 'asc' | 'desc';
  readonly taskPageSize: number;
  /** Lists of agents, groups and visitors leave out attributes that embedded copies carry. */
  readonly leanLists: boolean;
  readonly numbers: 'numbers' | 'strings';
  /** Whether `data` of a get-one answer is the record or a list of it. */
  readonly single: 'object' | 'list';
  /** What stands for nothing: `data` of `[]`, `null`, `{}`, or a 404. */
  readonly emptyAs: 'list' | 'null' | 'object' | '404';
  /** Lists of chats are cut here, silently. */
  readonly chatCap: number;
  /** Where the chat report is. */
  readonly reportPath: 'chats' | 'agents';
  /** So many chats more than it lists does the report count. */
  readonly reportExtra: number;
  /** Every seventh row of a list comes twice. */
  readonly repeatRows: boolean;
};

export const NO_ODDITIES: Oddities = {
  embed: 'resource',
  endDate: 'inclusive',
  dateZoneHours: 0,
  after: 'offset',
  taskOrder: 'asc',
  taskPageSize: 50,
  leanLists: false,
  numbers: 'numbers',
  single: 'object',
  emptyAs: 'list',
  chatCap: Number.POSITIVE_INFINITY,
  reportPath: 'chats',
  reportExtra: 0,
  repeatRows: false,
};
