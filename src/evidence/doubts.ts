import { addDays, type Period } from '../time/period.ts';

/** Facts of a doubt that its sentence needs: numbers, days, names of parameters. Nothing personal. */
export type DoubtDetails = Readonly<Record<string, string | number>>;

type Wording = {
  /** Whether records may be missing, or something is just not known. */
  mayBeMissing: boolean;
  /** What is wrong, and why that is a doubt. */
  why(details: DoubtDetails): string;
  /** What settles it. */
  remedy: string;
};

const NEXT_SYNC = 'the next sync looks again';
const PERSON = 'ask ChatrHub how to get the rest, or narrow what is asked for';

/** Every reason for which a claim lacks evidence, with the words for it. */
const REASONS = {
  answer_failed: {
    mayBeMissing: true,
    why: ({ sign }) => `the answer has records, but its "${sign}" that it failed`,
    remedy: NEXT_SYNC,
  },
  more_announced: {
    mayBeMissing: true,
    why: ({ sign, received }) => `the source announces more than the ${received} records that it sent, by "${sign}"`,
    remedy: PERSON,
  },
  not_asked_for: {
    mayBeMissing: true,
    why: ({ received }) =>
      `the source answers with ${received} records that were not requested: it seems to ignore the dates, the agent, the chat, or which list it is`,
    remedy: PERSON,
  },
  older_than_stored: {
    mayBeMissing: true,
    why: ({ older, received }) =>
      `${older} of ${received} records are as they were before an earlier sync read them: the source seems to answer from an old copy`,
    remedy: NEXT_SYNC,
  },
  records_refused: {
    mayBeMissing: true,
    why: ({ refused, received }) =>
      `${refused} of ${received} records were rejected for the first time; chatrhub_sync.rejected_records has the reasons`,
    remedy: 'the next run, which accepts that these are rejected',
  },
  mostly_refused: {
    mayBeMissing: true,
    why: ({ refused, received }) =>
      `${refused} of ${received} records were rejected, which is more than a tenth; chatrhub_sync.rejected_records has the reasons`,
    remedy: 'a run in which the records can be read',
  },
  values_refused: {
    mayBeMissing: true,
    why: ({ attribute, refused, received }) =>
      `${refused} of ${received} values of ${attribute} were rejected, which is more than a tenth; chatrhub_sync.rejected_records has the reasons`,
    remedy: 'a run in which the values can be read, perhaps with a newer version of this program',
  },
  database_refused: {
    mayBeMissing: true,
    why: ({ refused, code }) =>
      `the database refused ${refused} records (${code}), as a constraint, column or trigger that was added to the tables does`,
    remedy: 'remove what refuses them; the next run asks for them again',
  },
  unfinished: {
    mayBeMissing: true,
    why: () => 'a run began to read it, and ended before everything was checked',
    remedy: NEXT_SYNC,
  },
  list_lacks_shown: {
    mayBeMissing: true,
    why: ({ lacking }) => `the list lacks ${lacking} records that chats of the last days show`,
    remedy: 'a list that has them, or chats that no longer mention them',
  },
  list_round: {
    mayBeMissing: true,
    why: ({ received, lacking }) =>
      `the list had exactly ${received} records twice, while ${lacking} more are known from other records: it may be truncated`,
    remedy: 'a list of another length',
  },
  list_full: {
    mayBeMissing: true,
    why: ({ received, sign }) => `the list has ${received} records, which is as many as its "${sign}" allows: it may be truncated`,
    remedy: 'a list of another length',
  },
  list_lacks_much: {
    mayBeMissing: true,
    why: ({ lacking, known }) => `the list lacks ${lacking} of ${known} records that it had before`,
    remedy: 'a second list without them',
  },
  list_empty: {
    mayBeMissing: true,
    why: ({ known }) => `the list is empty, and had ${known} records before`,
    remedy: NEXT_SYNC,
  },
  fewer_than_reported: {
    mayBeMissing: true,
    why: ({ reported, stored }) => `the source reports ${reported} records, and ${stored} are stored`,
    remedy: 'chatrhub-sync reconcile --repair, or a sync in which both agree',
  },
  cut: {
    mayBeMissing: true,
    why: ({ received }) => `the source truncates its answers at ${received} records, and these days cannot be requested in smaller parts`,
    remedy: PERSON,
  },
  report_failed: {
    mayBeMissing: true,
    why: ({ status }) => `the source's report failed (${status}), so nothing says whether these days are whole`,
    remedy: 'a sync in which the report answers',
  },
  no_report: {
    mayBeMissing: false,
    why: () => 'the source has no report, so nothing can prove these days whole',
    remedy: 'a source with a report; it is requested again once a month',
  },
  report_counts_less: {
    mayBeMissing: false,
    why: ({ reported, stored }) =>
      `the source reports ${reported} records and lists ${stored}: it counts differently, and cannot prove these days`,
    remedy: 'nothing needs to be done: no record is marked as missing for it',
  },
  range_refused: {
    mayBeMissing: true,
    why: ({ status }) =>
      `the source refuses to answer for these days (${status}), also in smaller ranges; SYNC_LOOKBACK_DAYS sets how many are read`,
    remedy: 'a smaller SYNC_LOOKBACK_DAYS, or a source that answers',
  },
  days_too_early: {
    mayBeMissing: true,
    why: ({ earliest }) => `the source refuses days before ${earliest}, which it may not keep, and no run has read these`,
    remedy: 'a source that answers for them; it is asked again once a month',
  },
  span_cut: {
    mayBeMissing: true,
    why: ({ received, promised }) =>
      `${received} records came, where their own interval promises about ${promised}: the answer may be truncated`,
    remedy: PERSON,
  },
  stored_not_sent: {
    mayBeMissing: true,
    why: () => 'the source sends no records, not even those of the days before that it sent earlier',
    remedy: NEXT_SYNC,
  },
  future_records: {
    mayBeMissing: false,
    why: ({ received }) => `${received} records have a time after the request, and were not stored`,
    remedy: 'nothing needs to be done: a later sync reads them',
  },
  no_messages: {
    mayBeMissing: true,
    why: () => 'no message was received, although the chat shows that something was said',
    remedy: 'the next sync asks again, and accepts the same answer',
  },
  messages_cut: {
    mayBeMissing: true,
    why: ({ received }) => `${received} messages came, and the source truncates its answers there`,
    remedy: PERSON,
  },
  list_end_unknown: {
    mayBeMissing: true,
    why: ({ received, known }) => `a full page of ${received} records cannot be continued; ${known} records of the list are known`,
    remedy: PERSON,
  },
  totals_differ: {
    mayBeMissing: true,
    why: ({ differences }) => `the weekly comparison with the source's report differs (${differences})`,
    remedy: 'a later sync reads these days again when the budget allows, newest first',
  },
  totals_counted_otherwise: {
    mayBeMissing: false,
    why: ({ differences }) => `the report differs (${differences}) also after these days were read again: it counts differently`,
    remedy: 'nothing needs to be done',
  },
} as const satisfies Record<string, Wording>;

export type Reason = keyof typeof REASONS;

export const reasons = Object.keys(REASONS) as Reason[];

/**
 * A claim without enough evidence. `claim` names what a request was to settle (`agents`, `chats 2018-01-01..2018-02-01`,
 * `messages chat_id=5`); `subject` says the same to a person. `days`: which days it is about, where it is about days.
 */
export type Doubt = {
  resource: string;
  claim: string;
  subject: string;
  reason: Reason;
  mayBeMissing: boolean;
  days?: Period;
  details: DoubtDetails;
};

/** What a claim is about: its name, and how a person calls it. */
export type About = Pick<Doubt, 'resource' | 'claim' | 'subject' | 'days'>;

/** A doubt; whether records may be missing is what its reason says, unless `mayBeMissing` knows better. */
export const doubt = (
  about: About,
  reason: Reason,
  details: DoubtDetails = {},
  mayBeMissing: boolean = REASONS[reason].mayBeMissing,
): Doubt => ({ ...about, reason, mayBeMissing, details });

/** A doubt that is stored and open. */
export type OpenDoubt = Doubt & { since: Date; firstRunId: number; lastRunId: number };

/** What stands in that sentence before what settles the doubt. */
export const SETTLED_BY = '; what settles it: ';

/** What is in doubt, why, since when, and what settles it, in one sentence for an operator. */
export function describeDoubt({ resource, subject, reason, details, since }: Doubt & { since?: Date }): string {
  const { why, remedy } = REASONS[reason];
  const sinceText = since ? `, since ${since.toISOString().slice(0, 16).replace('T', ' ')} UTC` : '';
  return `${resource}, ${subject}: ${why(details)}${sinceText}${SETTLED_BY}${remedy}.`;
}

/** Days as a person writes them, the last one included. */
export const describeDays = ({ from, until }: Period): string => {
  const last = addDays(until, -1);
  return from === last ? from : `${from} to ${last}`;
};
