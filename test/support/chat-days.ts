import type { EvidenceBench, useBench } from './evidence-bench.ts';
import { addSmallAccount, addTalk, iso, noon } from './scripted-records.ts';

/** Opens accounts with a chat a day, or some, from so many days before the first night on; without messages and activity. */
export const daysOpener =
  (open: ReturnType<typeof useBench>) =>
  async (days: number, { startDays = days + 2, perDay = 1 } = {}): Promise<EvidenceBench> => {
    const bench = await open({ startDays });
    addSmallAccount(bench.records, bench.now(), { chats: 0, activityDays: 0 });
    for (let i = 0; i < days * perDay; i += 1)
      addTalk(
        bench.records,
        i + 1,
        iso(noon(bench.now(), Math.floor(i / perDay) - days), (i % perDay) * 600),
        { agent_id: 1 + (i % 2) },
        0,
      );
    return bench;
  };
