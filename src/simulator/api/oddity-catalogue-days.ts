import { type Switch, variantsOf } from './oddity-variant.ts';

/** What is asked for by days, and what hangs on chats. */
export const DAY_SWITCHES: readonly Switch[] = [
  {
    name: 'dates',
    of: ['chats', 'agent_activities'],
    variants: (['inclusive', 'exclusive'] as const).flatMap((endDate) =>
      [-12, -6, 0, 14].map((dateZoneHours) => ({
        label: `${endDate}, ${dateZoneHours} h`,
        outcome: 'exact' as const,
        set: { endDate, dateZoneHours },
      })),
    ),
  },
  { name: 'chatsBy', of: ['chats'], variants: variantsOf('chatsBy', ['change']) },
  {
    name: 'chatCap',
    of: ['chats'],
    variants: (['oldest', 'newest'] as const).flatMap((chatCapKeeps) =>
      [10, 25].map((chatCap) => ({ label: `${chatCap} ${chatCapKeeps}`, outcome: 'exact' as const, set: { chatCap, chatCapKeeps } })),
    ),
  },
  { name: 'chatsLeftOut', of: ['chats', 'messages'], variants: variantsOf('chatsLeftOut', ['open', 'internal'], 'unseen') },
  {
    name: 'reportPath',
    of: ['chats'],
    variants: (['chats', 'agents'] as const).flatMap((reportPath) =>
      (['404', 'nothing'] as const).map((otherReport) => ({
        label: `${reportPath}, other ${otherReport}`,
        outcome: 'exact' as const,
        set: { reportPath, otherReport },
      })),
    ),
  },
  { name: 'report', of: ['chats'], variants: variantsOf('report', ['failing', 'null', 'zero']) },
  {
    name: 'reportCounts',
    of: ['chats'],
    variants: variantsOf('reportCounts', ['without beat-out', 'without internal', 'with deleted', 'before today']),
  },
  { name: 'reportEndDate', of: ['chats'], variants: variantsOf('reportEndDate', ['inclusive', 'exclusive']) },
  { name: 'reportExtra', of: ['chats'], variants: variantsOf('reportExtra', [-2, 2]) },
  {
    name: 'longestRange',
    of: ['chats', 'agent_activities'],
    variants: [
      { label: '31', outcome: 'exact', set: { longestRange: 31 }, account: { days: 40, chats: 40 } },
      { label: '7', outcome: 'exact', set: { longestRange: 7 } },
    ],
  },
  {
    name: 'chatDays',
    of: ['chats'],
    variants: (['oldest', 'newest'] as const).flatMap((chatDaysKept) =>
      [7, 31].map((chatDays) => ({
        label: `${chatDays} ${chatDaysKept}`,
        outcome: 'exact' as const,
        set: { chatDays, chatDaysKept },
        account: { days: 40, chats: 60 },
      })),
    ),
  },
  { name: 'refusesFuture', of: ['chats', 'agent_activities'], variants: variantsOf('refusesFuture', [true]) },
  {
    name: 'activityCut',
    of: ['agent_activities'],
    variants: (['oldest', 'newest'] as const).flatMap((activityKeeps) => [
      ...[300, 1000].map((activityCap) => ({
        label: `${activityCap} rows, ${activityKeeps}`,
        outcome: 'exact' as const,
        set: { activityCap, activityKeeps },
      })),
      ...[2, 4].map((activityDays) => ({
        label: `${activityDays} days, ${activityKeeps}`,
        outcome: 'exact' as const,
        set: { activityDays, activityKeeps },
      })),
    ]),
  },
  { name: 'activityAhead', of: ['agent_activities'], variants: variantsOf('activityAhead', [5, 40]) },
  { name: 'activityTwice', of: ['agent_activities'], variants: variantsOf('activityTwice', [true]) },
  {
    name: 'byVisitor',
    of: ['messages'],
    variants: variantsOf('byVisitor', ['not transferred', 'without chat', 'nobody', 'everybody']),
  },
  { name: 'byChat', of: ['messages'], variants: variantsOf('byChat', ['visitor']) },
  {
    name: 'datesIgnored',
    of: ['chats', 'messages', 'agent_activities'],
    variants: [
      { label: 'chats', of: ['chats', 'messages'], outcome: 'partial', set: { datesIgnored: { chats: 12 } } },
      { label: 'activity', of: ['agent_activities'], outcome: 'partial', set: { datesIgnored: { agent_activities: 400 } } },
    ],
  },
  { name: 'messageCap', of: ['messages'], variants: variantsOf('messageCap', [25, 50], 'unseen') },
  { name: 'messageDelay', of: ['messages'], variants: variantsOf('messageDelay', [20], 'unseen') },
  { name: 'sharedNames', of: ['messages'], variants: variantsOf('sharedNames', [true]) },
  { name: 'nestedNames', of: ['visitors'], variants: variantsOf('nestedNames', [true]) },
];
