import { count, counted } from '../../../counted.ts';
import { type Html, html } from '../../html.ts';
import { dayName, duration, isBeyondChance, NONE, partOf, percent, type Share } from '../numbers.ts';
import type { Figures } from '../report-figures.ts';
import { partsOf, type ReportPeriod } from '../report-period.ts';
import type { openTasks } from './backlog-section.ts';
import type { BotFigures } from './bot-section.ts';
import { containmentOf } from './bot-section.ts';

/** What is compared: the same of the period and of the one before it. */
export type Highlights = {
  figures: Figures;
  bot: BotFigures['total'];
  /** What is not known of one group: how much people had to do, and their tasks. */
  team: { occupancy: Share; assigned: Share; backlog: ReturnType<typeof openTasks> } | undefined;
};

type Change = { text: string; tone?: 'better' | 'worse' };
type Tile = { name: string; value: string; of: string; change: Change | undefined };

/** The figures one looks at first, each with what it is of, and what it was before. Those of a part are not said to be better or worse. */
export function headline(now: Highlights, before: Highlights | undefined, period: ReportPeriod): Html {
  const note = partNote(period);
  return html`${note && html`<p class="facts">${note}</p>\n`}<section class="tiles${!now.team && ' six'}" aria-label="Headline figures">${tilesOf(
    now,
    before,
  ).map(
    ({ name, value, of, change }) => html`<div class="tile"><h2>${name}</h2><p class="value">${value}</p><p class="of">${of}</p>
${change && html`<p class="change ${note ? undefined : change.tone}">${change.text}</p>`}</div>\n`,
  )}</section>\n`;
}

/** What to know of the figures where days are not whole, of the period or of the one before. */
function partNote(period: ReportPeriod): string | undefined {
  const { now, before } = partsOf(period);
  const { days } = period;
  const changes = period.before ? ', and how they changed,' : '';
  if (now > 0)
    return `${days === 1 ? 'This day is' : `${count(now)} of these ${counted(days, 'day')} ${isOrAre(now)}`} not whole: not over yet, or not read whole. The figures${changes} are of a part.`;
  if (before > 0)
    return `${count(before)} of the ${counted(days, 'day')} before ${isOrAre(before)} not whole: figures are compared with those of a part.`;
  return undefined;
}

const isOrAre = (number: number): string => (number === 1 ? 'is' : 'are');

function tilesOf(now: Highlights, before: Highlights | undefined): Tile[] {
  const { figures, bot, team } = now;
  const rate = (name: string, shareOf: (from: Highlights) => Share, of: string, better: 'more' | 'less' | 'neither', unknown = 0): Tile => {
    const share = shareOf(now);
    return {
      name,
      value: percent(share),
      of: `${share.whole === 0 ? `no ${of}` : `${partOf(share)} ${of}`}${notKnown(unknown)}`,
      change: before && changeOf(share, shareOf(before), better),
    };
  };
  const notLoaded = figures.chat_count - figures.chats_with_messages_count;
  const answered = figures.first_response_chat_count;
  return [
    {
      name: 'Chats',
      value: count(figures.chat_count),
      of: `${count(figures.served_chat_count)} served`,
      change: before && amount(figures.chat_count, before.figures.chat_count, count),
    },
    rate(
      'Missed',
      ({ figures: f }) => ({ part: f.missed_chat_count, whole: f.chat_count }),
      'chats',
      'less',
      figures.missed_unknown_chat_count,
    ),
    {
      name: 'Median first answer',
      value: duration(figures.median_first_response_seconds),
      of: `${answered === 0 ? 'no answered chats' : `by people, in ${count(answered)} chats`}${notKnown(notLoaded)}`,
      change: before && amount(figures.median_first_response_seconds, before.figures.median_first_response_seconds, duration),
    },
    rate(
      'Answered in 60 s',
      ({ figures: f }) => ({ part: f.answered_in_60s_count, whole: f.answerable_chat_count }),
      'who wanted a person',
      'more',
      notLoaded,
    ),
    rate('Rated great', ({ figures: f }) => ({ part: f.great_chat_count, whole: f.rated_chat_count }), 'rated chats', 'more'),
    rate('Bot alone', ({ bot: b }) => containmentOf(b), 'bot chats', 'neither', bot.messages_not_loaded_chat_count),
    ...(team ? tilesOfTeam(team, before?.team) : []),
  ];
}

function tilesOfTeam({ occupancy, assigned, backlog }: NonNullable<Highlights['team']>, before: Highlights['team']): Tile[] {
  return [
    {
      name: 'Agents occupied',
      value: percent(occupancy),
      of:
        occupancy.whole === 0
          ? 'no time online'
          : `of ${count(Math.round(occupancy.whole / 3_600))} hours online; a chat was open for ${percent(assigned)}`,
      change: before && was(percent(before.occupancy)),
    },
    {
      name: 'Open tasks',
      value: backlog ? count(backlog.open) : NONE,
      of: backlog ? `at the end of ${dayName(backlog.on)}` : 'no tasks',
      change: before?.backlog && backlog && amount(backlog.open, before.backlog.open, count),
    },
  ];
}

const notKnown = (unknown: number): string => (unknown > 0 ? `, ${count(unknown)} not known` : '');

const was = (text: string): Change => ({ text: text === NONE ? 'none before' : `${text} before` });

/** How an amount differs from what it was, in per cent of that. */
function amount(now: number | null, before: number | null, format: (value: number) => string): Change {
  if (before === null) return was(NONE);
  if (now === null || before === 0) return was(format(before));
  const difference = Math.round((100 * (now - before)) / before);
  return { text: `${format(before)} before, ${signed(difference)}%` };
}

function changeOf(now: Share, before: Share, better: 'more' | 'less' | 'neither'): Change {
  if (now.whole === 0 || before.whole === 0) return was(percent(before));
  const points = Math.round((1_000 * now.part) / now.whole - (1_000 * before.part) / before.whole) / 10;
  const text = `${percent(before)} before, ${signed(points)}\u00a0points`;
  if (better === 'neither' || !isBeyondChance(now, before)) return { text };
  return { text, tone: points > 0 === (better === 'more') ? 'better' : 'worse' };
}

const signed = (value: number): string => (value > 0 ? `+${value}` : value < 0 ? `−${-value}` : '±0');
