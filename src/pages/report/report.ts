import { UsageError } from '../../errors.ts';
import type { Day } from '../../time/period.ts';
import type { Client, Database } from '../../warehouse/connection/database.ts';
import { renderDocument } from './report-document.ts';
import { readFigures, readKnownBuckets } from './report-figures.ts';
import { choosePeriod, type DataDays, type ReportPeriod, type Step } from './report-period.ts';
import { findGroup, type Group, type Scope } from './scope.ts';
import { agentsSection, occupancyOf, readAgents } from './sections/agents-section.ts';
import { backlogSection, openTasks, readBacklog } from './sections/backlog-section.ts';
import { botSection, readBot } from './sections/bot-section.ts';
import { breakdownSection, readBreakdowns } from './sections/breakdown-section.ts';
import { chatsSection } from './sections/chats-section.ts';
import { demandSection } from './sections/demand-section.ts';
import { type Highlights, headline } from './sections/headline-section.ts';
import { hoursSection } from './sections/hours-section.ts';
import { loadSection } from './sections/load-section.ts';
import { ratingsSection } from './sections/ratings-section.ts';
import { readRepeats, repeatsSection } from './sections/repeats-section.ts';
import { responseSection } from './sections/response-section.ts';
import { readTransfers, transfersSection } from './sections/transfers-section.ts';
import { readTrust, trustSection } from './sections/trust-section.ts';
import { readWeek } from './week-hours.ts';

export type Report = { period: ReportPeriod; group: Group | undefined; html: string };

/** Which days, both included, and the number or name of a group; what is not given is chosen, or all. */
export type ReportWish = { from?: Day | undefined; to?: Day | undefined; group?: string | undefined };

/**
 * Makes the report on some days as one page of HTML. Reads chatrhub_bi only, in one snapshot, so that its numbers agree. Throws
 * `UsageError` where there is nothing to report on, or no such group.
 */
export function createReport(database: Database, { from, to, group: wanted }: ReportWish, now: Date): Promise<Report> {
  return database.transaction(async (client) => {
    await client.query('set transaction isolation level repeatable read, read only');
    const data = await readDataDays(client);
    const period = choosePeriod({ from, to }, data);
    const group = wanted === undefined ? undefined : await findGroup(client, wanted);
    return { period, group, html: await render(client, { ...period, group }, { ...data, now }) };
  });
}

/** The days that have chats, those that are whole, and whose days they are. */
async function readDataDays(client: Client): Promise<DataDays & { timeZone: string }> {
  const nothing = new UsageError('there are no chats in this database yet: run chatrhub-sync sync');
  const { rows: views } = await client.query<{ exists: boolean }>(`select to_regclass('chatrhub_bi.daily_chats') is not null as exists`);
  if (!views[0]?.exists) throw nothing;
  const { rows } = await client.query<{ first: Day | null; last: Day | null; timeZone: string }>(
    `select min(date_day) as first, max(date_day) as last, (select reporting_time_zone from chatrhub_bi.settings) as "timeZone"
     from chatrhub_bi.daily_chats where offered_chat_count > 0`,
  );
  const [bounds] = rows;
  if (!bounds?.first || !bounds.last) throw nothing;
  const { rows: whole } = await client.query<{ day: Day }>('select date_day as day from chatrhub_bi.calendar where is_whole_day');
  return { first: bounds.first, last: bounds.last, timeZone: bounds.timeZone, whole: new Set(whole.map(({ day }) => day)) };
}

/** Ratings of a day are too few to look at. */
const stepOfRatings = (period: ReportPeriod): Step => (period.step === 'day' && period.days >= 14 ? 'week' : period.step);

async function render(
  client: Client,
  period: ReportPeriod & Scope,
  { first, timeZone, now }: { first: Day; timeZone: string; now: Date },
): Promise<string> {
  const { step, group } = period;
  const figures = await readFigures(client, period, step);
  const known = await readKnownBuckets(client, period, step);
  const rated = {
    step: stepOfRatings(period),
    figures: await readFigures(client, period, stepOfRatings(period)),
    known: await readKnownBuckets(client, period, stepOfRatings(period)),
  };
  const week = await readWeek(client, period);
  const { total } = figures;
  const before = period.before && (await readHighlights(client, { ...period.before, group }, step));
  return renderDocument({
    period,
    group,
    timeZone,
    now,
    sections: [
      headline(await readHighlights(client, period, step), before, period),
      chatsSection(period, figures, known),
      hoursSection(week, timeZone),
      ...(group ? [] : [demandSection(week, timeZone), loadSection(week)]),
      responseSection(period, figures, known),
      ratingsSection(period, rated),
      breakdownSection(await readBreakdowns(client, period)),
      repeatsSection(await readRepeats(client, period)),
      transfersSection(await readTransfers(client, period), total),
      agentsSection(await readAgents(client, period), total.chat_count, group),
      botSection(period, await readBot(client, period, step), known),
      ...(group ? [] : [backlogSection(period, await readBacklog(client, period))]),
      trustSection(await readTrust(client, period), { period, total, known, firstDay: first, timeZone }),
    ],
  });
}

async function readHighlights(client: Client, scope: Scope, step: Step): Promise<Highlights> {
  return {
    figures: (await readFigures(client, scope, step)).total,
    bot: (await readBot(client, scope, step)).total,
    team: scope.group ? undefined : await readTeam(client, scope),
  };
}

async function readTeam(client: Client, scope: Scope): Promise<Highlights['team']> {
  const agents = await readAgents(client, scope);
  return {
    occupancy: occupancyOf(agents),
    assigned: occupancyOf(agents, 'assigned_seconds'),
    backlog: openTasks(await readBacklog(client, scope)),
  };
}
