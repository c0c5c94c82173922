import { describe, expect, it } from 'vitest';
import { describeBar } from '../../src/cli/progress-bar.ts';
import { screenOf } from '../../src/cli/screen.ts';
import type { ProgressView } from '../../src/runs/progress.ts';

const NOW = new Date('2026-03-10T15:00:00Z');
const VIEW: ProgressView = {
  resource: 'messages',
  resourceLeft: 800,
  requestsDone: 412,
  requestsLeft: 824,
  rows: 83_684,
  budget: [
    { limit: 20, window: 'minute', used: 12, free_at: null },
    { limit: 2_000, window: 'day', used: 1_300, free_at: null },
  ],
  finishesAt: new Date('2026-03-11T03:30:00Z'),
  waiting: undefined,
};

describe('the bar', () => {
  it('says what is asked for, how far it is, how the budget stands, and when it will be done', () => {
    expect(describeBar(VIEW, NOW, 100)).toEqual([
      'messages         ████████░░░░░░░░░░░░░░░░ 412 of 1,236 requests, 83,684 rows',
      '  done in 12 h 30 min, at 2026-03-11 03:30:00 UTC',
      '  used 12/20 per minute, 1,300/2,000 per day',
    ]);
  });

  it('says what it waits for, and until when', () => {
    const waiting = { until: new Date('2026-03-10T15:04:05Z'), reason: '150/hour are used up' };
    expect(describeBar({ ...VIEW, waiting }, NOW, 100)[3]).toBe('  waiting until 15:04:05 UTC: 150/hour are used up');
  });

  it('is empty before the first request, and full after the last', () => {
    expect(describeBar({ ...VIEW, requestsDone: 0, requestsLeft: 0 }, NOW, 100)[0]).toContain('░'.repeat(24));
    expect(describeBar({ ...VIEW, requestsLeft: 0 }, NOW, 100)[0]).toContain('█'.repeat(24));
  });

  it('says the same on a narrow terminal, in more lines', () => {
    expect(describeBar(VIEW, NOW, 40)).toEqual([
      'messages',
      '███░░░░░░░',
      '412 of 1,236 requests, 83,684 rows',
      '  done in 12 h 30 min',
      '    at 2026-03-11 03:30:00 UTC',
      '  used 12/20 per minute',
      '    1,300/2,000 per day',
    ]);
  });
});

describe('what a terminal can show', () => {
  const TERMINAL = { isTTY: true, columns: 80 };
  it.each([
    ['a terminal', {}, TERMINAL, { isTerminal: true, hasColours: true, hasBar: true }],
    [
      'one without a width, as of script or docker run -t',
      {},
      { isTTY: true, columns: 0 },
      { isTerminal: true, hasColours: true, hasBar: false },
    ],
    ['one whose width nobody knows', {}, { isTTY: true }, { isTerminal: true, hasColours: true, hasBar: false }],
    ['NO_COLOR', { NO_COLOR: '1' }, TERMINAL, { isTerminal: true, hasColours: false, hasBar: true }],
    ['an empty NO_COLOR', { NO_COLOR: '' }, TERMINAL, { isTerminal: true, hasColours: true, hasBar: true }],
    ['a dumb terminal', { TERM: 'dumb' }, TERMINAL, { isTerminal: true, hasColours: false, hasBar: false }],
    ['the recorded terminal of a CI', { CI: 'true' }, TERMINAL, { isTerminal: true, hasColours: true, hasBar: false }],
    ['a pipe', { TERM: 'xterm' }, {}, { isTerminal: false, hasColours: false, hasBar: false }],
  ])('%s', (_, env, stream, screen) => {
    expect(screenOf(env, stream)).toEqual(screen);
  });
});
