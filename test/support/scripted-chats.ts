import type { Sent } from './scripted-records.ts';
import type { Body } from './scripted-source.ts';

/** Both days are part of the range, in UTC. */
export function isOfDays({ attributes }: Sent, query: URLSearchParams, attribute = 'create_dt'): boolean {
  const day = String(attributes[attribute] ?? attributes.create_dt).slice(0, 10);
  return day >= (query.get('start_date') ?? '') && day <= (query.get('end_date') ?? '');
}

const RATINGS: Record<string, number> = { poor_chats: 1, ok_chats: 2, great_chats: 3 };

/** The chats of the days and filters of a query. */
export function chatsOf(chats: readonly Sent[], query: URLSearchParams, isAsked = isOfDays): Sent[] {
  const ids = ['agent_id', 'visitor_id', 'group_id'].filter((name) => query.has(name));
  const [rating, missed, tag] = [query.get('rating'), query.get('missed'), query.get('tag')];
  return chats.filter(
    (one) =>
      isAsked(one, query) &&
      ids.every((name) => one.attributes[name] === Number(query.get(name))) &&
      (rating === null || one.attributes.overall_rating === RATINGS[rating]) &&
      (missed === null || (one.attributes.is_missed === 1) === (missed === 'missed_chats')) &&
      (tag === null || one.attributes.tag === tag),
  );
}

/** The report about these chats. */
export function report(chats: readonly Sent[]): Body {
  const count = (name: string, value: number) => chats.filter(({ attributes }) => attributes[name] === value).length;
  const mean = (name: string) => {
    const known = chats.flatMap(({ attributes }) => (typeof attributes[name] === 'number' ? [attributes[name]] : []));
    return known.length === 0 ? null : Math.round((100 * known.reduce((sum, value) => sum + value, 0)) / known.length) / 100;
  };
  const rating = ['overall_rating', 'knowledge_rating', 'responsive_rating', 'frendly_rating', 'average_rating'];
  const attributes = {
    total_chats: chats.length,
    missed_chats: count('is_missed', 1) || null,
    ...Object.fromEntries(rating.map((name) => [name, mean(name)])),
    average_response_delay: mean('response_delay'),
    average_duration: mean('duration'),
    total_ratings: chats.filter((one) => one.attributes.overall_rating !== null).length,
    ...Object.fromEntries(Object.entries(RATINGS).map(([name, value]) => [`${name}_count`, count('overall_rating', value)])),
  };
  return { data: { type: 'report', id: 2, attributes } };
}
