import type { Row } from './bi-oracle-chat-views.ts';
import { known, percentile } from './bi-oracle-numbers.ts';
import { calendarOf, eachDay, type Local, localOf, plusDays } from './bi-oracle-time.ts';
import type { Task, World } from './bi-world.ts';

function completedAt({ versions, hasRaw }: Task): number | null {
  const last = versions.at(-1);
  if (!last?.is_complete) return null;
  if (!hasRaw) return last.updated_at;
  let first = last;
  for (const version of versions.toReversed()) {
    if (!version.is_complete) break;
    first = version;
  }
  return first.updated_at;
}

const isComplete = ({ versions }: Task): boolean => Boolean(versions.at(-1)?.is_complete);

export const tasks = (world: World, local: Local): Row[] =>
  world.tasks.map((task) => {
    const at = completedAt(task);
    return {
      task_id: task.task_id,
      is_open: !isComplete(task),
      ...localOf(task.created_at, local),
      completed_at: at,
      completed_date: at === null ? null : local.dayOf(at),
      time_to_resolve_seconds: at === null ? null : (at - task.created_at) / 1_000,
    };
  });

export function backlog(world: World, local: Local): Row[] {
  const all = world.tasks.map((task) => {
    const at = completedAt(task);
    return {
      task,
      at,
      type: task.task_type ?? 'unknown',
      createdDay: local.dayOf(task.created_at),
      completedDay: at === null ? null : local.dayOf(at),
    };
  });
  const days = [...all.map(({ createdDay }) => createdDay), ...known(all.map(({ completedDay }) => completedDay))].sort();
  const first = all.map(({ createdDay }) => createdDay).sort()[0];
  return eachDay(first ?? '', days.at(-1) ?? '').flatMap((day) =>
    [...new Set(all.map(({ type }) => type))].map((type) => {
      const ofType = all.filter((entry) => entry.type === type);
      const open = ofType.filter(
        ({ task, createdDay, completedDay }) => createdDay <= day && (completedDay === null ? !isComplete(task) : completedDay > day),
      );
      const done = ofType.filter(({ completedDay }) => completedDay === day);
      const end = local.startOf(plusDays(day, 1));
      return {
        date_day: day,
        ...calendarOf(day),
        task_type: type,
        created_task_count: ofType.filter(({ createdDay }) => createdDay === day).length,
        completed_task_count: done.length,
        open_task_count: open.length,
        median_open_age_seconds: percentile(
          open.map(({ task }) => (end - task.created_at) / 1_000),
          0.5,
        ),
        median_time_to_resolve_seconds: percentile(
          done.map(({ task, at }) => ((at ?? 0) - task.created_at) / 1_000),
          0.5,
        ),
      };
    }),
  );
}

export { completedAt, isComplete };
