import type { Complaint } from './complaints.ts';
import type { Cut, CutList } from './cuts.ts';
import type { Endpoint } from './endpoint.ts';

/** What the documentation leaves open, one reading each; every member may be left out. */
export type Oddities = {
  /** What an embedded record looks like: `{type, id, attributes}`, `{data: {...}}`, its attributes alone, or now this, now that. */
  readonly embed: 'resource' | 'document' | 'bare' | 'mixed';
  /** Whether the day named by `end_date` is part of the range. */
  readonly endDate: 'inclusive' | 'exclusive';
  /** Hours by which the days that dates mean are ahead of UTC, -12 to 14. */
  readonly dateZoneHours: number;
  /**
   * What `after` of a task list means; `id`: numbers beyond it in the list's order, 0 being the beginning; `above`: larger
   * numbers in any order; `page`: the page's number, from 0 on.
   */
  readonly after: 'offset' | 'id' | 'ignored' | 'page' | 'above';
  /** By number, or by the latest change. */
  readonly taskOrder: 'asc' | 'desc' | 'changed';
  readonly taskPageSize: number;
  /** Lists of agents, groups and visitors leave out attributes that embedded copies carry. */
  readonly leanLists: boolean;
  readonly numbers: 'numbers' | 'strings';
  /** Whether `data` of a get-one answer is the record or a list with it. */
  readonly single: 'object' | 'list';
  /** What stands for nothing: `data` of `[]`, `null`, `{}`, a 204 or 404, or a body that is nothing but `[]`, `null` or `{}`. */
  readonly emptyAs: 'list' | 'null' | 'object' | '204' | '404' | 'bare list' | 'bare null' | 'bare object';
  /** Lists have nothing around them; records have their attributes beside their number. */
  readonly bareLists: boolean;
  readonly flatRecords: boolean;
  /** Lists of these show all: whatever agent is asked for, or whether tasks are done. */
  readonly scopeIgnored: readonly ('agent_groups' | 'agent_activities' | 'q_tasks')[];
  /** It stands for nothing in lists without a parent too. */
  readonly emptyEverywhere: boolean;
  /** Endpoints that never have anything. */
  readonly lacks: readonly Endpoint[];
  /** Lists of chats are cut here, silently. */
  readonly chatCap: number;
  /** Where the chat report is. */
  readonly reportPath: 'chats' | 'agents';
  /** So many chats more than it lists does the report count. */
  readonly reportExtra: number;
  /** Every seventh row of a list comes twice. */
  readonly repeatRows: boolean;
  /** Types of records as documented, in the singular, as the name of a class, or missing. */
  readonly types: 'plural' | 'singular' | 'class' | 'missing';
  /** Numbers of records as documented, as "4.0", or only among their attributes. */
  readonly ids: 'numbers' | 'decimals' | 'attributes';
  /** Times end in +00:00, in Z or in +0000, have a blank for the T, or fractions of a second. */
  readonly times: 'offset' | 'zulu' | 'compact' | 'blank' | 'fraction';
  /** No record says whose it is. */
  readonly withoutClient: boolean;
  /** `updt_dt` is null everywhere. */
  readonly withoutUpdates: boolean;
  /** Embedded copies are as the records are now, as they were when their parent began, with nulls, numbers alone, or a text. */
  readonly copies: 'now' | 'past' | 'sparse' | 'number' | 'text';
  /** Lists that are cut. */
  readonly cuts: Readonly<Partial<Record<CutList, Cut>>>;
  /** Endpoints that say that something failed, with status 200. */
  readonly complaints: Readonly<Partial<Record<Endpoint, Complaint>>>;
  readonly agentsLeftOut: 'none' | 'bots' | 'terminated';
  readonly groupsLeftOut: 'none' | 'system' | 'terminated';
  /** No agent is in a group any more, as far as the source tells. */
  readonly linksGone: boolean;
  /** Every third visitor has a name of 66 brackets around a word. */
  readonly nestedNames: boolean;
  /** Every second visitor has the user name of the one before, whose messages are found by it. */
  readonly sharedNames: boolean;
  /** What the days of a chat list are held against: when the chat began, or when it changed last. */
  readonly chatsBy: 'creation' | 'change';
  readonly chatCapKeeps: 'oldest' | 'newest';
  readonly chatsLeftOut: 'none' | 'open' | 'internal';
  /** The report is given, fails with 500, or says that there are null or no chats. */
  readonly report: 'given' | 'failing' | 'null' | 'zero';
  /** What the path says on which there is no report: 404, or nothing with status 200. */
  readonly otherReport: '404' | 'nothing';
  readonly reportCounts: 'listed' | 'without beat-out' | 'without internal' | 'with deleted' | 'before today';
  /** Whether the report's last day is part of its range. */
  readonly reportEndDate: 'as listed' | 'inclusive' | 'exclusive';
  /** More days in one request are refused with 400. */
  readonly longestRange: number;
  /** A list of chats and its report answer for so many of the days that they are asked for, without a word. */
  readonly chatDays: number;
  readonly chatDaysKept: 'oldest' | 'newest';
  /** Days that are not there yet are refused with 400. */
  readonly refusesFuture: boolean;
  /** Activity is cut at so many rows, and at so many days. */
  readonly activityCap: number;
  readonly activityDays: number;
  readonly activityKeeps: 'oldest' | 'newest';
  /** Hours of rows that are not history yet. */
  readonly activityAhead: number;
  /** Every eleventh moment has two rows. */
  readonly activityTwice: boolean;
  /**
   * Messages by visitor: all, without those of transferred chats, without the number of their chat, none, or, as the parameter is
   * ignored, everybody's.
   */
  readonly byVisitor: 'all' | 'not transferred' | 'without chat' | 'nobody' | 'everybody';
  /** Messages by chat: of that chat, or of all chats of its visitor. */
  readonly byChat: 'chat' | 'visitor';
  /** Lists by days hold so many of the newest rows, whatever days are asked for. */
  readonly datesIgnored: { readonly chats?: number; readonly agent_activities?: number };
  /** Hours by which all answers are older than the present, as those of a copy that lags behind. */
  readonly staleHours: number;
  /** Lists of messages are cut here. */
  readonly messageCap: number;
  /** Minutes until a message can be read. */
  readonly messageDelay: number;
  /** Everything is answered 503, and to be asked again after so many seconds; 0: nothing is. */
  readonly retryAfter: number;
  /** Minutes by which the source's clock is ahead of that of the program and its database. */
  readonly clockAhead: number;
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
  bareLists: false,
  flatRecords: false,
  scopeIgnored: [],
  chatCap: Number.POSITIVE_INFINITY,
  reportPath: 'chats',
  reportExtra: 0,
  repeatRows: false,
  emptyEverywhere: false,
  lacks: [],
  types: 'plural',
  ids: 'numbers',
  times: 'offset',
  withoutClient: false,
  withoutUpdates: false,
  copies: 'now',
  cuts: {},
  complaints: {},
  agentsLeftOut: 'none',
  groupsLeftOut: 'none',
  linksGone: false,
  nestedNames: false,
  sharedNames: false,
  chatsBy: 'creation',
  chatCapKeeps: 'oldest',
  chatsLeftOut: 'none',
  report: 'given',
  otherReport: '404',
  reportCounts: 'listed',
  reportEndDate: 'as listed',
  longestRange: Number.POSITIVE_INFINITY,
  chatDays: Number.POSITIVE_INFINITY,
  chatDaysKept: 'newest',
  refusesFuture: false,
  activityCap: Number.POSITIVE_INFINITY,
  activityDays: Number.POSITIVE_INFINITY,
  activityKeeps: 'oldest',
  activityAhead: 0,
  activityTwice: false,
  byVisitor: 'all',
  byChat: 'chat',
  datesIgnored: {},
  staleHours: 0,
  messageCap: Number.POSITIVE_INFINITY,
  messageDelay: 0,
  retryAfter: 0,
  clockAhead: 0,
};
