import type { Chat } from './chats.ts';
import type { Oddities } from './oddities.ts';

/** The totals of a report over the given chats; ratings are means from 1 to 3, though documented as percentages. */
export function reportOf(chats: readonly Chat[], { reportExtra }: Pick<Oddities, 'reportExtra'>): Record<string, number | null> {
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
