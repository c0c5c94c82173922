import { NODES } from './phrases.ts';
import type { Random } from './random.ts';
import { addSeconds, DAY, MINUTE } from './time.ts';
import { type Audit, auditedChange, createdAudit, type Timeline } from './timeline.ts';

type TaskType = 'operational' | 'machine_learning';

export type Task = Audit & {
  readonly id: number;
  readonly type: TaskType;
  readonly nodeName: string | null;
  /** The message an uncertain assistant asks about; null for operational tasks. */
  readonly messageId: number | null;
  readonly assignedAgentId: number;
  readonly isComplete: boolean;
  readonly intentId: string | null;
  /** What the dialog collected, by name. */
  readonly variables: Readonly<Record<string, unknown>>;
};

/** A task before its number and its message's number are known. */
export type TaskDraft = Timeline<Omit<Task, 'id' | 'messageId'>>;

/** A task asking what the visitor meant; from `resolvedAt` on it holds the intent `by` chose. */
export function machineLearningTask(
  random: Random,
  { at, assignedTo, resolvedAt, by, intentId }: { at: Date; assignedTo: number; resolvedAt: Date | null; by: number; intentId: string },
): TaskDraft {
  const first = {
    type: 'machine_learning' as const,
    // The samples show a node on such a task, the text says there is none.
    nodeName: random.chance(0.2) ? random.pick(NODES) : null,
    assignedAgentId: assignedTo,
    isComplete: false,
    intentId: null,
    variables: {},
    ...createdAudit(addSeconds(at, random.int(0, 3))),
  };
  return { first, changes: resolvedAt === null ? [] : [auditedChange<Task>(resolvedAt, by, { isComplete: true, intentId })] };
}

/** A task raised by a node of the dialog, done by somebody within three days or never. */
export function operationalTask(random: Random, at: Date, people: readonly number[]): TaskDraft {
  const first = {
    type: 'operational' as const,
    nodeName: random.pick(NODES),
    assignedAgentId: random.pick(people),
    isComplete: false,
    intentId: null,
    variables: variables(random),
    ...createdAudit(at),
  };
  const doneAt = addSeconds(at, random.int(20 * MINUTE, 3 * DAY));
  return { first, changes: random.chance(0.8) ? [auditedChange<Task>(doneAt, random.pick(people), { isComplete: true })] : [] };
}

function variables(random: Random): Task['variables'] {
  return random.pick([
    {},
    { name: 'Zoë', wheels: 4, urgent: true, note: null },
    { car: { make: 'Škoda', year: 2014 }, wishes: ['wash', '"shine"'] },
    { 'nul\u0000key': 'half \uD83D emoji' },
    // Visitors do type such things; it must not be kept.
    { order: '0042', portal_password: 'fake-password', login: { api_key: 'fake-key', user: 'someone' } },
  ]);
}
