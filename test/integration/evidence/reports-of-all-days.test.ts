import { expect, it } from 'vitest';
import { daysOpener } from '../../support/chat-days.ts';
import { useBench } from '../../support/evidence-bench.ts';

const openDays = daysOpener(useBench());
const only = ['agents', 'groups', 'chats'];

it.each([
  ['all chats', '2000-01-01'],
  ['those since a day', '2026-03-01'],
])(
  'a report that counts %s, whatever days it is asked for, counts as none: two nights find it out, and the others ask for nothing more',
  async (_, since) => {
    const bench = await openDays(60, { perDay: 2, startDays: 40 });
    bench.source.on('report', ({ searchParams }, next) => {
      searchParams.set('start_date', since);
      searchParams.set('end_date', '2100-01-01');
      return next();
    });
    for (let night = 0; night < 10; night += 1) {
      bench.requestsSince();
      expect((await bench.sync({ only })).status).toBe('complete');
      const asked = bench.requestsSince();
      if (night > 1) expect(asked.filter((path) => path.includes('report'))).toEqual([]);
      expect(asked.length).toBeLessThanOrEqual(night === 0 ? 11 : 5);
      expect(await bench.differences(['chats'])).toEqual([]);
      await bench.advance({ days: 1 });
    }
    expect((await bench.doubts()).map(({ reason }) => reason)).toEqual(['no_report']);
  },
);
