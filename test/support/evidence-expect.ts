import { expect } from 'vitest';
import type { Reason } from '../../src/evidence/doubts.ts';
import type { RunReport } from '../../src/runs/run-report.ts';
import type { EvidenceBench } from './evidence-bench.ts';
import type { Comparing, SourceName } from './source-differences.ts';

/** A doubt as a run's report has it. */
type ReportedDoubt = { resource: string; subject: string; reason: string; since: string; may_be_missing: boolean; text: string };

/** What a run says that it doubts. */
const doubtsOf = (report: object): ReportedDoubt[] => (report as { doubts?: ReportedDoubt[] }).doubts ?? [];

/** Everything is there, nothing failed, and nothing may be missing. */
export async function expectExact(
  bench: EvidenceBench,
  report: RunReport,
  names?: readonly SourceName[],
  options: Comparing = {},
): Promise<void> {
  expect(await bench.differences(names, options)).toEqual([]);
  expect(report).toMatchObject({ status: 'complete', errors: [] });
  expect((await bench.doubts()).filter(({ mayBeMissing }) => mayBeMissing)).toEqual([]);
}

type Expected = { resource: SourceName; reason: Reason | readonly Reason[]; mayBeMissing?: boolean };

/** The run says what it doubts: the same in the warehouse, in its report, and in the sentence that an operator reads. */
export async function expectDoubt(
  bench: EvidenceBench,
  report: RunReport,
  { resource, reason, mayBeMissing = true }: Expected,
): Promise<void> {
  const reasons: readonly string[] = [reason].flat();
  const stored = (await bench.doubts()).filter((doubt) => doubt.resource === resource && reasons.includes(doubt.reason));
  expect(stored, `a doubt of ${resource}: ${reasons.join(' or ')}`).not.toEqual([]);
  for (const doubt of stored) {
    expect(doubt.mayBeMissing).toBe(mayBeMissing);
    expect(doubt.text).toMatch(new RegExp(`^${resource}, .+: .+; what settles it: .+\\.$`));
    expect(doubtsOf(report)).toContainEqual(
      expect.objectContaining({
        resource,
        subject: doubt.subject,
        reason: doubt.reason,
        may_be_missing: mayBeMissing,
        text: doubt.text,
        since: doubt.since.toISOString(),
      }),
    );
  }
  expect(report.status).toBe(mayBeMissing ? 'partial' : 'complete');
}

/** All rows are there and the run is complete, or it is partial and names what it doubts of the resource. */
export async function expectAllOrPartial(
  bench: EvidenceBench,
  report: RunReport,
  resource: SourceName,
  options: Comparing = {},
): Promise<void> {
  const differences = await bench.differences([resource], options);
  if (report.status === 'complete') {
    expect(differences).toEqual([]);
    expect((await bench.doubts()).filter(({ mayBeMissing }) => mayBeMissing)).toEqual([]);
    return;
  }
  expect(report.status, differences.join('\n')).toBe('partial');
  expect(doubtsOf(report)).toContainEqual(expect.objectContaining({ resource, may_be_missing: true }));
  expect(await bench.doubts()).toContainEqual(expect.objectContaining({ resource, mayBeMissing: true }));
}
