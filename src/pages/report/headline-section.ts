import { count } from '../../counted.ts';
import { type Html, html } from '../html.ts';
import type { openTasks } from './backlog-section.ts';
import type { BotFigures } from './bot-section.ts';
import { containmentOf } from './bot-section.ts';
import { dayName, duration, isBeyondChance, NONE, partOf, percent, type Share } from './numbers.ts';
import type { Figures } from './report-figures.ts';

/** What is compared: the same of the period and of the one before it. */
export type Highlights = { figures: Figures; bot: BotFigures['total']; occupancy: Share; backlog: ReturnType<typeof openTasks> };

type Change = { text: string; tone?: 'better' | 'worse' };
type Tile = { name: string; value: string; of: string; change: Change | undefined };

/** The figures one looks at first, each with what it is of, and what it was before. */
export function headline(now: Highlights, before: Highlights | undefined): Html {
  return html`<section class="tiles" aria-label="Headline figures">${tilesOf(now, before).map(
    ({ name, value, of, change }) => html`<div class="tile"><h2>${name}</h2><p class="value">${value}</p><p class="of">${of}</p>
${change && html`<p class="change ${change.tone}">${change.text}</p>`}</div>\n`,
  )}</section>\n`;
}

function tilesOf(now: Highlights, before: Highlights | undefined): Tile[] {
  const { figures, occupancy, backlog } = now;
  const rate = (name: string, shareOf: (from: Highlights) => Share, of: string, better: 'more' | 'less' | 'neither'): Tile => {
    const share = shareOf(now);
    return {
      name,
      value: percent(share),
      of: share.whole === 0 ? `no ${of}` : `${partOf(share)} ${of}`,
      change: before && changeOf(share, shareOf(before), better),
    };
  };
  return [
    {
      name: 'Chats',
      value: count(figures.chat_count),
      of: `${count(figures.served_chat_count)} served`,
      change: before && amount(figures.chat_count, before.figures.chat_count, count),
    },
    rate('Missed', ({ figures: f }) => ({ part: f.missed_chat_count, whole: f.chat_count }), 'chats', 'less'),
    {
      name: 'Median first answer',
      value: duration(figures.median_first_response_seconds),
      of: figures.first_response_chat_count === 0 ? 'no answered chats' : `by people, in ${count(figures.first_response_chat_count)} chats`,
      change: before && amount(figures.median_first_response_seconds, before.figures.median_first_response_seconds, duration),
    },
    rate('Answered in 60 s', ({ figures: f }) => ({ part: f.answered_in_60s_count, whole: f.answerable_chat_count }), 'who wrote', 'more'),
    rate('Rated great', ({ figures: f }) => ({ part: f.great_chat_count, whole: f.rated_chat_count }), 'rated chats', 'more'),
    rate('Bot alone', ({ bot: b }) => containmentOf(b), 'bot chats', 'neither'),
    {
      name: 'Agents occupied',
      value: percent(occupancy),
      of: occupancy.whole === 0 ? 'no time online' : `of ${count(Math.round(occupancy.whole / 3_600))} hours online`,
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

const was = (text: string): Change => ({ text: text === NONE ? 'none before' : `${text} before` });

/** How an amount differs from what it was, in per cent of that. */
function amount(now: number | null, before: number | null, format: (value: number) => string): Change {
  if (before === null) return was(NONE);
  if (now === null || before === 0) return was(format(before));
  const difference = Math.round((100 * (now - before)) / before);
  return { text: `${format(before)} before, ${signed(difference)}\u00a0%` };
}

function changeOf(now: Share, before: Share, better: 'more' | 'less' | 'neither'): Change {
  if (now.whole === 0 || before.whole === 0) return was(percent(before));
  const points = Math.round((1_000 * now.part) / now.whole - (1_000 * before.part) / before.whole) / 10;
  const text = `${percent(before)} before, ${signed(points)}\u00a0points`;
  if (better === 'neither' || !isBeyondChance(now, before)) return { text };
  return { text, tone: points > 0 === (better === 'more') ? 'better' : 'worse' };
}

const signed = (value: number): string => (value > 0 ? `+${value}` : value < 0 ? `−${-value}` : '±0');
