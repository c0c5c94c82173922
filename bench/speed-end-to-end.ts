import { parseBody } from '../src/records/body.ts';
import type { Resource } from '../src/records/resource.ts';
import agentActivities from '../src/resources/agent-activities.ts';
import messages from '../src/resources/messages.ts';
import { createFetcher } from '../src/runs/fetch/fetcher.ts';
import { planRequest } from '../src/source/request-plan.ts';
import type { Section } from './section.ts';
import { answerOf, CLIENT_ID, type MakeRecords, makeMessages, makeSnapshots, range } from './speed-data.ts';
import { createMeter, median, rounded } from './speed-measure.ts';
import { rowsOf } from './speed-rows.ts';
import type { Scale } from './speed-scale.ts';
import { openSpeedWarehouse, type SpeedWarehouse } from './speed-warehouse.ts';

/** Answers that a run has under way. */
const SLOTS = 4;
const CHUNK = 1 << 16;

type Round = { way: string; perSecond: number; ratio: number; nodeShare: number; peakMb: number };

/**
 * From the bytes of answers in memory to rows, versions, coverage and the request's mark committed, as a run does it: through its fetcher,
 * with a client that has the answers already.
 */
export async function timeEndToEnd(serverUrl: string, scale: Scale): Promise<Section> {
  const kinds = [
    { resource: messages, make: makeMessages, count: scale.messages, least: 40_000 },
    { resource: agentActivities, make: makeSnapshots, count: scale.snapshots, least: 100_000 },
  ];
  const rows: Record<string, unknown>[] = [];
  const promised: Section['promised'] = [];
  for (const { resource, make, count, least } of kinds) {
    const warehouse = await openSpeedWarehouse(serverUrl, `end_to_end_${resource.name}`, resource, scale.messages);
    try {
      const rounds: Round[] = [];
      for (let round = 0; round < scale.rounds; round += 1)
        rounds.push(...(await runRound(warehouse, resource, make, { count, answer: scale.answer })));
      for (const way of new Set(rounds.map((each) => each.way))) {
        const own = rounds.filter((each) => each.way === way);
        const middle = (key: Exclude<keyof Round, 'way'>) => median(own.map((each) => each[key]));
        const perSecond = Math.round(middle('perSecond'));
        rows.push({
          records: resource.name,
          way,
          'records/s': perSecond,
          'of COPY with keys': rounded(middle('ratio')),
          "Node's CPU": `${Math.round(100 * middle('nodeShare'))} %`,
          'memory MB': Math.round(middle('peakMb')),
        });
        if (way === 'first') promised.push({ promise: `${resource.name} a second, first`, least, measured: perSecond });
      }
    } finally {
      await warehouse.close();
    }
  }
  return {
    title: `2. End to end: bytes of JSON in answers of ${scale.answer.toLocaleString('en')} -> parsed, checked, typed and raw committed; ${scale.messages.toLocaleString('en')} messages, ${scale.snapshots.toLocaleString('en')} snapshots.`,
    rows,
    promised,
  };
}

async function runRound(
  warehouse: SpeedWarehouse,
  resource: Resource,
  make: MakeRecords,
  { count, answer }: { count: number; answer: number },
): Promise<Round[]> {
  const { database } = warehouse;
  await warehouse.empty();
  await warehouse.settle();
  const starts = range(0, Math.ceil(count / answer)).map((index) => index * answer);
  const recordsFrom = (start: number, isChanged?: (id: number) => boolean) =>
    make(1 + start, 1 + Math.min(count, start + answer), isChanged ? { isChanged } : {});
  const plain = createMeter(database);
  for (const start of starts) {
    const rows = rowsOf(recordsFrom(start), resource);
    await plain.run(() => warehouse.copyPlain(rows, 'keyed'));
  }
  const rounds: Round[] = [];
  for (const [way, isChanged] of [
    ['first', undefined],
    ['unchanged', undefined],
    ['10 % changed', (id: number) => id % 10 === 0],
  ] as const) {
    const answers = starts.map((start) => answerOf(recordsFrom(start, isChanged)));
    const meter = createMeter(database);
    await meter.run(() => askAll(warehouse, resource, answers));
    const { seconds, nodeSeconds, peakMb } = meter.cost;
    rounds.push({ way, perSecond: count / seconds, ratio: plain.cost.seconds / seconds, nodeShare: nodeSeconds / seconds, peakMb });
    await warehouse.settle();
  }
  return rounds;
}

/** As they come from the network. */
const chunksOf = (body: Buffer): Buffer[] => range(0, Math.ceil(body.length / CHUNK)).map((i) => body.subarray(i * CHUNK, (i + 1) * CHUNK));

async function askAll({ database }: SpeedWarehouse, resource: Resource, answers: readonly Buffer[]): Promise<void> {
  const left = [...answers.keys()];
  const fetcher = createFetcher({
    client: {
      async get(_request, _call, _patience, read) {
        const index = left.shift() ?? 0;
        return { content: await read(parseBody(chunksOf(answers[index] ?? Buffer.of())), {}), requestId: -1, askedAt: new Date() };
      },
      follow: () => undefined,
    },
    forms: new Map(),
    listed: new Map(),
    unread: new Map(),
    database,
    runId: -1,
    lane: 'sync',
    patience: {},
    latestMoment: () => new Date(),
    clientId: CLIENT_ID,
    privacy: { mode: 'keep' },
  });
  const planned = planRequest(resource);
  const slots = Array.from({ length: SLOTS }, async () => {
    while (left.length > 0) await fetcher.fetch(planned, '');
  });
  await Promise.all(slots);
}
