import type { Chat } from '../account/simulated-chats.ts';
import type { Snapshot } from '../account/snapshot.ts';
import type { Oddities } from './oddities.ts';
import { chatsAsked } from './queries.ts';

const utcDay = (at: Date): string => at.toISOString().slice(0, 10);

const COUNTED: Readonly<Record<Oddities['reportCounts'], (snapshot: Snapshot) => readonly Chat[]>> = {
  listed: ({ chats }) => [...chats.values()],
  'without beat-out': ({ chats }) => [...chats.values()].filter(({ isBeatOut }) => !isBeatOut),
  'without internal': ({ chats }) => [...chats.values()].filter(({ visitorId }) => visitorId !== null),
  'before today': ({ chats, at }) => [...chats.values()].filter(({ createdAt }) => utcDay(createdAt) < utcDay(at)),
  'with deleted': (snapshot) => [...snapshot.chats.values(), ...snapshot.deletedChats()],
};

const TOTALS: Readonly<Record<Oddities['report'], object>> = {
  given: {},
  failing: {},
  null: { total_chats: null },
  zero: { total_chats: 0 },
};

/** The totals of the days asked for, as far as the source gives them. */
export function reportAsked(snapshot: Snapshot, query: URLSearchParams, oddities: Oddities): Record<string, number | null> {
  const endDate = oddities.reportEndDate === 'as listed' ? oddities.endDate : oddities.reportEndDate;
  const chats = chatsAsked(COUNTED[oddities.reportCounts](snapshot), query, { ...oddities, endDate }, ['agent_id', 'group_id']);
  return { ...reportOf(chats, oddities), ...TOTALS[oddities.report] };
}

/** The totals of a report over the given chats; ratings are means from 1 to 3, though documented as percentages. */
function reportOf(chats: readonly Chat[], { reportExtra }: Pick<Oddities, 'reportExtra'>): Record<string, number | null> {
  const mean = (value: (chat: Chat) => number | null) => {
    const known = chats.map(value).filter((number) => number !== null);
    return known.length === 0 ? null : Math.round((known.reduce((sum, number) => sum + number, 0) / known.length) * 100) / 100;
  };
  const count = (isCounted: (chat: Chat) => boolean) => chats.filter(isCounted).length;
  return {
    missed_chats: count((chat) => chat.isMissed === true) || null,
    overall_rating: mean((chat) => chat.overallRating),
    knowledge_rating: mean((chat) => chat.knowledgeRating),
    responsive_rating: mean((chat) => chat.responsiveRating),
    frendly_rating: mean((chat) => chat.friendlyRating),
    average_rating: mean((chat) => chat.averageRating),
    average_response_delay: mean((chat) => chat.responseDelay),
    average_duration: mean((chat) => chat.duration),
    total_ratings: count((chat) => chat.overallRating !== null),
    total_chats: chats.length + reportExtra,
    great_chats_count: count((chat) => chat.overallRating === 3),
    ok_chats_count: count((chat) => chat.overallRating === 2),
    poor_chats_count: count((chat) => chat.overallRating === 1),
  };
}
