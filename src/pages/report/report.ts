import { UsageError } from '../../errors.ts';
import type { Day, Period } from '../../time/period.ts';
import type { Client, Database } from '../../warehouse/connection/database.ts';
import { agentsSection, occupancyOf, readAgents } from './agents-section.ts';
import { backlogSection, openTasks, readBacklog } from './backlog-section.ts';
import { botSection, readBot } from './bot-section.ts';
import { chatsSection } from './chats-section.ts';
import { demandSection, readWeek } from './demand-section.ts';
import { type Highlights, headline } from './headline-section.ts';
import { ratingsSection, readGroups } from './ratings-section.ts';
import { renderDocument } from './report-document.ts';
import { readFigures, readKnownBuckets } from './report-figures.ts';
import { choosePeriod, type ReportPeriod, type Step } from './report-period.ts';
import { responseSection } from './response-section.ts';
import { readTrust, trustSection } from './trust-section.ts';

export type Report = { period: ReportPeriod; html: string };

/**
 * Makes the report on some days, both included, as one page of HTML. Reads chatrhub_bi only, in one snapshot, so that its numbers agree.
 * Throws `UsageError` where there is nothing to report on.
 */
export function createReport(database: Database, wanted: { from: Day | undefined; to: Day | undefined }, now: Date): Promise<Report> {
  return database.transaction(async (client) => {
    await client.query('set transaction isolation level repeatable read, read only');
    const data = await readBounds(client);
    const period = choosePeriod(wanted, data);
    return { period, html: await render(client, period, { ...data, now }) };
  });
}

/** The days that have chats, and whose days they are. */
async function readBounds(client: Client): Promise<{ first: Day; last: Day; timeZone: string }> {
  const nothing = new UsageError('there are no chats in this database yet: run chatrhub-sync sync');
  const { rows: views } = await client.query<{ exists: boolean }>(`select to_regclass('chatrhub_bi.daily_chats') is not null as exists`);
  if (!views[0]?.exists) throw nothing;
  const { rows } = await client.query<{ first: Day | null; last: Day | null; timeZone: string }>(
    `select min(date_day) as first, max(date_day) as last, (select reporting_time_zone from chatrhub_bi.settings) as "timeZone"
     from chatrhub_bi.daily_chats where offered_chat_count > 0`,
  );
  const [bounds] = rows;
  if (!bounds?.first || !bounds.last) throw nothing;
  return { first: bounds.first, last: bounds.last, timeZone: bounds.timeZone };
}

/** Ratings of a day are too few to look at. */
const stepOfRatings = (period: ReportPeriod): Step => (period.step === 'day' && period.days >= 14 ? 'week' : period.step);

async function render(client: Client, period: ReportPeriod, { first, timeZone, now }: { first: Day; timeZone: string; now: Date }) {
  const { step } = period;
  const figures = await readFigures(client, period, step);
  const known = await readKnownBuckets(client, period, step);
  const rated = {
    step: stepOfRatings(period),
    figures: await readFigures(client, period, stepOfRatings(period)),
    known: await readKnownBuckets(client, period, stepOfRatings(period)),
  };
  const agents = await readAgents(client, period);
  const bot = await readBot(client, period, step);
  const backlog = await readBacklog(client, period);
  const { total } = figures;
  const highlights = { figures: total, bot: bot.total, occupancy: occupancyOf(agents), backlog: openTasks(backlog) };
  return renderDocument({
    period,
    timeZone,
    now,
    sections: [
      headline(highlights, period.before && (await readHighlights(client, period.before, step))),
      chatsSection(period, figures, known),
      demandSection(await readWeek(client, period), timeZone),
      responseSection(period, figures, known),
      ratingsSection(period, rated, await readGroups(client, period)),
      agentsSection(agents, total.chat_count),
      botSection(period, bot, known),
      backlogSection(period, backlog),
      trustSection(await readTrust(client, period), { period, total, known, firstDay: first, timeZone }),
    ],
  });
}

async function readHighlights(client: Client, period: Period, step: Step): Promise<Highlights> {
  return {
    figures: (await readFigures(client, period, step)).total,
    bot: (await readBot(client, period, step)).total,
    occupancy: occupancyOf(await readAgents(client, period)),
    backlog: openTasks(await readBacklog(client, period)),
  };
}
