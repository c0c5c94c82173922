import { describe, expect, it } from 'vitest';
import { filterOf, rowsOfDays } from '../../src/evidence/list-filter.ts';
import type { Row } from '../../src/records/resource.ts';

const at = (moment: string): Date => new Date(`2026-01-${moment}:00Z`);

describe('a record of a list that was asked for 10 to 12 January', () => {
  it.each<[string, Record<string, unknown>, boolean]>([
    ['made within them', { create_dt: at('11T12:00') }, true],
    ['made when they have begun in the first time zone', { create_dt: at('09T10:00') }, true],
    ['made when they have not ended in the last time zone', { create_dt: at('13T11:59') }, true],
    ['made earlier', { create_dt: at('09T09:59') }, false],
    ['made later', { create_dt: at('13T12:00') }, false],
    ['made earlier and changed within them', { create_dt: at('01T00:00'), updt_dt: at('11T00:00') }, true],
    [
      'made earlier and changed later, as something may have been within them',
      { create_dt: at('01T00:00'), updt_dt: at('20T00:00') },
      true,
    ],
    ['made and changed earlier', { create_dt: at('01T00:00'), updt_dt: at('09T09:00') }, false],
    ['made earlier and never changed', { create_dt: at('01T00:00'), updt_dt: null }, false],
    ['that does not say when it was made', { create_dt: null, updt_dt: at('01T00:00') }, true],
  ])('%s: %j', (_, row, expected) => {
    expect(rowsOfDays([row, DATED], '2026-01-10', '2026-01-12').includes(row)).toBe(expected);
  });
});

/** A record of these days, of a source that says when records changed. */
const DATED = { create_dt: at('11T00:00'), updt_dt: at('11T00:00') };

describe('a list whose records never say when they changed', () => {
  const [before, within, after] = [at('01T00:00'), at('11T00:00'), at('20T00:00')].map((created, id) => ({ id, create_dt: created }));
  const asked = ['2026-01-10', '2026-01-12'] as const;

  it('may have records of any days before, and none that were made later', () => {
    expect(rowsOfDays([before, within, after] as Row[], ...asked)).toEqual([before, within]);
  });

  it('is by change when it has one that was made before', () => {
    expect(filterOf([before, within] as Row[], ...asked)).toMatchObject({ by: 'change', evidence: expect.stringContaining('record 0') });
  });

  it('shows nothing when another record says it', () => {
    expect(filterOf([before, within, DATED] as Row[], ...asked)).toBeUndefined();
  });

  it('shows nothing when all were made within these days', () => {
    expect(filterOf([within] as Row[], ...asked)).toBeUndefined();
  });
});
