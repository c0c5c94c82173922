import type { EvidenceBench } from './evidence-bench.ts';
import {
  addActivity,
  addTalk,
  agent,
  BEAT_OUT,
  group,
  iso,
  link,
  MISSED,
  midnight,
  noon,
  OPEN,
  type Records,
  task,
  UNTOLD,
} from './scripted-records.ts';

const HUMANS = [1, 2, 3, 4];
const [BOT, OTHER_BOT] = [5, 6];
/** Without messages: nobody took the chat, or another agent was faster. */
const SILENT: Record<number, object> = { 5: MISSED, 11: MISSED, 17: BEAT_OUT, 23: BEAT_OUT };

/**
 * An account as a real one would be, from `days` before its first night to `until` days after: six agents, two of them bots, about 13
 * chats a week, always four messages to a chat. One chat is between agents, one goes on through the first nights, one visitor comes
 * twice within a day, some chats nobody took.
 */
export function addDocumentedAccount({ records, source, now }: EvidenceBench, { days, until }: { days: number; until: number }): void {
  const first = now();
  records.agents.push(
    ...HUMANS.map((id) => agent(id, { authorization_level: id === 1 ? 5 : 1 })),
    agent(BOT, { is_bot: true, email: '' }),
    agent(OTHER_BOT, { is_bot: true, email: '' }),
  );
  records.groups.push(group(10), group(20), group(30, { system_group: true }));
  records.agent_groups.push(...HUMANS.map((id) => link(id, 10)), link(2, 20), link(OTHER_BOT, 30, { is_assigned: false }));
  for (const id of HUMANS) addActivity(records, id, midnight(first, -days - 3), midnight(first, until));
  // Of bots there is none; the one is not known there, the other has an empty list.
  source.on('agent_activities', ({ pathname }, next) =>
    pathname.includes(`/${BOT}.`) ? { status: 404, body: { error: 'not found' } } : next(),
  );

  let id = 0;
  for (let day = -days; day < until; day += 1)
    // Two a day, on every seventh day one.
    for (const hours of day % 7 === 0 ? [0] : [0, 5]) {
      id += 1;
      const silent = SILENT[(id - 1) % 26];
      addTalk(
        records,
        id,
        iso(noon(first, day), hours * 3_600),
        { agent_id: HUMANS[id % 4], group_id: id % 3 === 0 ? 20 : 10, ...silent },
        silent ? 0 : 4,
      );
    }
  const ofDay = (day: number) => records.chats.find(({ attributes }) => String(attributes.create_dt) >= midnight(first, day));
  addTalk(records, 901, iso(noon(first, -6), 7_200), {
    ...UNTOLD,
    visitor_id: null,
    agent_id: 1,
    agent_id_to: 2,
    group_id: null,
    is_missed: null,
    is_billable: 0,
    duration: 300,
  });
  addTalk(records, 902, iso(noon(first, -1), 7_200), { ...OPEN });
  addTalk(records, 903, iso(noon(first, -4), 9_000), { visitor_id: ofDay(-4)?.attributes.visitor_id, tag: null });
  addTasks(records, first);
}

function addTasks(records: Records, first: Date): void {
  for (const id of [1, 2, 3, 4, 5])
    records.tasks.push(task(id, noon(first, -12 + id), { is_complete: id < 3, assigned_agent_id: id % 4 || 4 }));
  for (const id of [6, 7]) {
    const message = records.messages.find(({ attributes }) => String(attributes.create_dt) >= noon(first, -3 + id - 6));
    records.tasks.push(
      task(id, String(message?.attributes.create_dt), {
        task_type: 'machine_learning',
        node_name: null,
        message_id: message?.id,
        message,
        is_complete: id === 6,
        intent_id: id === 6 ? '41' : null,
      }),
    );
  }
}

/** What happens between the nights: a late rating and a tag, the end of the open chat, a task that is done, an agent who is renamed. */
export const NIGHTLY: readonly ((records: Records, now: Date) => void)[] = [
  ({ chats, tasks }, now) => {
    Object.assign(chats.find(({ id }) => id === 903)?.attributes ?? {}, { tag: 'support', feedback: 'Thanks', updt_dt: iso(now, -40_000) });
    Object.assign(tasks.find(({ id }) => id === 3)?.attributes ?? {}, { is_complete: true, updt_dt: iso(now, -30_000), updt_by: 2 });
  },
  ({ chats, agents }, now) => {
    Object.assign(chats.find(({ id }) => id === 902)?.attributes ?? {}, {
      is_ended: 1,
      duration: 90_000,
      response_delay: 15,
      updt_dt: iso(now, -37_800),
    });
    Object.assign(agents[1]?.attributes ?? {}, { full_name: 'Agent 2 renamed', updt_dt: iso(now, -50_000) });
  },
  ({ agent_groups, groups, tasks }, now) => {
    agent_groups.push(link(3, 20, { create_dt: iso(now, -200_000) }));
    Object.assign(groups[1]?.attributes ?? {}, { group_name: 'Support', updt_dt: iso(now, -90_000) });
    tasks.push(task(8, iso(now, -80_000)));
  },
];
