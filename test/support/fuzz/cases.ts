/** A draw that was wrong once: its seed, its switches as `nameOf` writes them, and what was wrong. */
export type Case = { seed: number; switches: readonly string[]; why: string };

/** Each failing draw becomes one: what it found does not come back. */
export const CASES: readonly Case[] = [
  {
    seed: 1,
    switches: ['refusesFuture: true', 'complaint groups: status beside no data, always', 'types: class'],
    why: 'agents of a type as a class name are refused, and nothing names agents',
  },
  {
    seed: 2,
    switches: ['lacks q_tasks: always', 'byVisitor: without chat'],
    why: 'messages by visitor stay without the number of their chat',
  },
  { seed: 10, switches: ['complaint messages: success beside nothing, once'], why: 'an error beside empty data counted as no messages' },
  {
    seed: 15,
    switches: ['retryAfter: first run', 'chatsLeftOut: internal', 'messageCap: 25'],
    why: 'messages by visitor that were cut counted as all',
  },
  { seed: 19, switches: ['activityCut: 2 days, newest'], why: 'days that an answer of activity lacked counted as covered' },
  { seed: 21, switches: ['nestedNames: true'], why: 'a name of brackets cost the visitor' },
  { seed: 23, switches: ['emptyAs: bare list'], why: 'chats that the database refused counted as stored' },
  {
    seed: 24,
    switches: ['late: changes', 'reportPath: agents, other 404'],
    why: 'chats that the database refused counted as stored, in a first run',
  },
  { seed: 25, switches: ['withoutClient: true'], why: 'records that do not say whose they are were refused' },
  {
    seed: 30,
    switches: ['complaint agent_activities: success beside nothing, once', 'reportCounts: with deleted', 'lacks visitors: always'],
    why: 'an error beside empty data counted as covered days',
  },
  {
    seed: 31,
    switches: ['activityCut: 2 days, oldest', 'byVisitor: not transferred'],
    why: 'days that an answer of activity lacked counted as covered; messages of transferred chats',
  },
  {
    seed: 33,
    switches: ['complaint q_tasks: error beside nothing, once', 'restless: always', 'copies: sparse'],
    why: 'a copy without an e-mail address said that the visitor has none',
  },
  { seed: 513, switches: ['withoutUpdates: true', 'ids: attributes'], why: 'copies that do not say when they changed' },
  { seed: 515, switches: ['emptyAs: bare object'], why: 'a backfill answers for its days' },
  {
    seed: 2078,
    switches: ['restless: always', 'cut agent_groups: elsewhere, newest', 'tasks: id, asc'],
    why: 'a chat that was away when its visitor was asked about counted as one without messages',
  },
  {
    seed: 730055,
    switches: ['dates: inclusive, -6 h', 'messageCap: 25'],
    why: 'of the chats of a visitor whose messages were cut, those asked for by chat held none',
  },
  {
    seed: 810080,
    switches: ['dates: exclusive, 0 h', 'complaint agents: success beside records, always', 'byVisitor: not transferred'],
    why: 'a chat that had just ended, without messages by visitor, was not asked for by chat',
  },
  {
    seed: 820083,
    switches: ['activityCut: 300 rows, oldest', 'linksGone: later'],
    why: 'where no day of an answer was whole, the same days were asked for again, with the same cut',
  },
  {
    seed: 820367,
    switches: ['complaint agent_activities: success beside no data, once', 'late: changes'],
    why: 'chats that were gone let a wrong midnight fit, and nobody knew by what the list tells days',
  },
  {
    seed: 820074,
    switches: ['late: changes'],
    why: 'days that were read before it was known by what the list tells days counted as settled',
  },
  {
    seed: 820283,
    switches: ['ids: decimals', 'byVisitor: not transferred', 'chatCap: 25 oldest'],
    why: 'an open chat, without messages by visitor, was not asked for by chat',
  },
  {
    seed: 820047,
    switches: ['embed: bare', 'lacks visitors: always', 'dates: exclusive, -6 h'],
    why: 'a backfill of the newest day settled what the sync had left in doubt of all its days',
  },
  {
    seed: 830098,
    switches: ['tasks: above, desc'],
    why: 'lists that all end with a page of the same size, which nothing continues, counted as whole',
  },
  {
    seed: 830196,
    switches: ['chatCap: 10 newest', 'restless: always'],
    why: 'a message that came inside a task counted as one of those of its visitor, when its chat was known at last',
  },
  {
    seed: 840103,
    switches: ['sharedNames: true'],
    why: 'a user name that a list read later shows to be of two visitors had brought nothing for an open chat',
  },
  {
    seed: 850147,
    switches: ['activityCut: 300 rows, oldest'],
    why: 'an answer of days none of which was over was not judged at all, cut as it was',
  },
  {
    seed: 870272,
    switches: ['cut agent_groups: total, oldest', 'emptyAs: bare object', 'lacks agent_groups: always'],
    why: 'the harness: where a list is always empty, nothing says that there is more',
  },
  {
    seed: 890241,
    switches: ['times: compact', 'restless: always', 'linksGone: later'],
    why: 'the harness: a backfill does not read the tasks that the sync before it lacked, and said so',
  },
  {
    seed: 910181,
    switches: ['restless: always', 'byVisitor: without chat', 'cut agents: next, oldest'],
    why: 'days of a terminated agent, all of whose activity the source hid, counted as covered when the agent was back',
  },
  {
    seed: 920214,
    switches: ['reportPath: agents, other 404', 'single: list', 'tasks: above, desc'],
    why: 'a list of tasks whose `after` leads away from its end counted as read to it',
  },
  {
    seed: 920398,
    switches: ['chatCap: 25 oldest', 'activityCut: 2 days, oldest'],
    why: 'a row of the very moment of a run was demanded of an answer that is cut just before it (the harness)',
  },
  {
    seed: 920556,
    switches: ['late: changes', 'restless: always'],
    why: 'a chat that came back behind the lookback, where another one went, was not seen beside the deletion of a third',
  },
  {
    seed: 930013,
    switches: ['leanLists: true, from the second run on', 'copies: past', 'tasks: page, desc, from the second run on'],
    why: 'a list of tasks whose pages had become smaller counted as read to its end',
  },
  {
    seed: 950585,
    switches: ['chatCap: 25 oldest, in the first run', 'reportExtra: -2, in the first run'],
    why: 'chats that were cut counted as all, where one may have begun after a report that counts less',
  },
  {
    seed: 950642,
    switches: ['cut agent_groups: nothing, oldest', 'complaint agent_groups: success beside no data, always, from the second run on'],
    why: 'a weekly list that nobody asked for was to be named (the harness)',
  },
  {
    seed: 950838,
    switches: ['byVisitor: without chat, from the second run on'],
    why: 'messages lost their chat, because a later answer did not say in which they were',
  },
  {
    seed: 960555,
    switches: ['messageCap: 25'],
    why: 'messages by visitor that were cut counted as all, because another answer of that size was whole',
  },
  {
    seed: 970024,
    switches: ['reportEndDate: inclusive', 'cut visitors: nothing, newest', 'lacks agent_groups: always'],
    why: 'visitors were demanded whom a cut list leaves out, and no chat of the days that were read shows (the harness)',
  },
  {
    seed: 981121,
    switches: [],
    why: 'the harness: a backfill does not read the groups that the sync before it lacked, and said so',
  },
  {
    seed: 981221,
    switches: ['refusesFuture: true', 'dates: exclusive, 14 h'],
    why: 'today was left out where the source refuses days of the future, and does not count the last day in',
  },
  {
    seed: 980201,
    switches: ['refusesFuture: true', 'dates: inclusive, -12 h'],
    why: 'a source that refuses days of the future was not asked for its own today, which may be yesterday',
  },
  {
    seed: 980003,
    switches: ['datesIgnored: activity'],
    why: 'rows of other days proved that days without any have none',
  },
  {
    seed: 980301,
    switches: ['reportCounts: without beat-out', 'chatCap: 10 oldest'],
    why: 'a report that counts less proved an answer that was cut, and what it lacked was marked as gone',
  },
  {
    seed: 980309,
    switches: ['reportCounts: without internal', 'chatCap: 10 oldest'],
    why: 'days of which the report counts nothing were not asked for where the list is cut',
  },
  {
    seed: 980300,
    switches: ['reportCounts: before today', 'chatCap: 10 oldest'],
    why: 'chats of today were left out where the list is cut, and the report counts none of them yet',
  },
  {
    seed: 980503,
    switches: ['longestRange: 7', 'refusesFuture: true', 'dates: inclusive, -12 h'],
    why: 'a range that was too long counted as one whose end lies ahead, and today was left out',
  },
  {
    seed: 1000210,
    switches: ['late: changes'],
    why: 'one 403 of the report counted for a month as that there is none, and nothing was compared behind the lookback',
  },
  {
    seed: 1002079,
    switches: ['late: changes', 'chatsBy: change'],
    why: 'chats listed by change that were deleted behind the lookback were not marked, and nothing was in doubt',
  },
  {
    seed: 1003102,
    switches: ['report: null, in the first run', 'nestedNames: true', 'late: changes'],
    why: 'one answer of null counted for a month as that there is no report, and nothing was compared behind the lookback',
  },
  {
    seed: 1003145,
    switches: [
      'byVisitor: nobody, in the first run',
      'emptyAs: bare list everywhere, in the first run',
      'bareLists: true',
      'late: changes',
    ],
    why: 'answers for visitors left messages out, and chats that show no sign of any counted as without',
  },
  {
    seed: 1007409,
    switches: ['late: changes', 'chatCap: 10 newest'],
    why: 'days read in parts that hold as many as one answer has at most counted as not proved, and a deletion there as a way of counting',
  },
  {
    seed: 1020016,
    switches: ['single: list, from the second run on', 'report: null, from the second run on', 'late: changes'],
    why: 'a report that gave totals and then said nothing left the run complete, though nothing was compared behind the lookback',
  },
  {
    seed: 1011601,
    switches: ['late: changes', 'withoutUpdates: true', 'chatsBy: change'],
    why: 'chats of a list by change whose records never say when they changed were marked as gone, which are on a later day',
  },
  {
    seed: 1200003,
    switches: ['dates: inclusive, 14 h, from the second run on', 'refusesFuture: true'],
    why: 'a last day that was refused once was not tried again, though the days of the source began earlier by then',
  },
  {
    seed: 1200004,
    switches: ['dates: inclusive, 14 h, from the second run on', 'refusesFuture: true'],
    why: 'chats that were read before activity showed that lacked the newest hours',
  },
  {
    seed: 1028146,
    switches: ['reportEndDate: exclusive', 'leaver: after 1', 'restless: always'],
    why: 'an account whose agents have all left, of which the least requests could not be counted',
  },
];
