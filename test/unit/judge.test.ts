import { describe, expect, it } from 'vitest';
import { judgeAnswer } from '../../src/evidence/judge/judge-answer.ts';
import { judgeList, judgeScopedList, type ListEvidence } from '../../src/evidence/judge/judge-list.ts';
import { type AskedChat, judgeMessages, type MessagesEvidence } from '../../src/evidence/judge/judge-messages.ts';
import { judgeEmptyLists, judgePages } from '../../src/evidence/judge/judge-pages.ts';
import { daysToAskAlone, longestShown, type RangeEvidence } from '../../src/evidence/judge/judge-range.ts';
import { judgeRun, type RunEvidence } from '../../src/evidence/judge/judge-run.ts';
import { judgeSpan, type SpanEvidence } from '../../src/evidence/judge/judge-span.ts';
import { judgeWindow, type WindowEvidence } from '../../src/evidence/judge/judge-window.ts';
import { nothingReceived, type Received } from '../../src/evidence/received.ts';
import { findUnread } from '../../src/evidence/unread-values.ts';
import type { Row } from '../../src/records/resource.ts';
import { addToShape, noShape, noteUnfit } from '../../src/records/shape.ts';

/* The table "What proves what" of the design, row by row: each case is one condition, and the case beside it does not meet it. */

const ABOUT = { resource: 'agents', claim: 'agents', subject: 'the list' };
const DAYS = { from: '2018-06-10', until: '2018-06-14' };

const rows = (count: number): Row[] => Array.from({ length: count }, (_, i) => ({ id: i + 1 }));
const received = (count: number, others: Partial<Received> = {}): Received => ({ ...nothingReceived(), stored: rows(count), ...others });
const full = (count: number): Received => received(count, { hints: { limit: { sign: 'meta.limit', count } } });
const refused = (fresh: number, known = 0, byDatabase = 0) => ({ fresh, known, byDatabase });
const reasonsOf = ({ doubts }: { doubts: readonly { reason: string }[] }) => doubts.map(({ reason }) => reason);

describe('any answer', () => {
  it.each<[string, Received, boolean, string[]]>([
    ['that says nothing of itself is used', received(3), true, []],
    ['that says beside its records that it failed is not', received(3, { hints: { failed: 'errors' } }), false, ['answer_failed']],
    ['that goes on is not', received(3, { hints: { more: { sign: 'links.next' } } }), false, ['more_announced']],
    ['that announces more is not', received(3, { hints: { total: { sign: 'meta.total', count: 4 } } }), false, ['more_announced']],
    ['that announces as many is used', received(3, { hints: { total: { sign: 'meta.total', count: 3 } } }), true, []],
    ['with more records of other days than of those asked for is not', received(3, { unasked: 4 }), false, ['not_asked_for']],
    ['with no more of other days is used', received(3, { unasked: 3 }), true, []],
    ['with a record as it was before it was stored is not', received(3, { older: 1 }), false, ['older_than_stored']],
    ['of which the database refused a row is not', received(30, { refused: refused(0, 0, 1) }), false, ['database_refused']],
    [
      'of which the database refused a copy is not',
      received(30, { embedded: new Map([['visitors', refused(0, 0, 1)]]) }),
      false,
      ['database_refused'],
    ],
    ['of which a tenth is refused is used, and that is said once', received(9, { refused: refused(1) }), true, ['records_refused']],
    ['of which a tenth is refused as before is used', received(9, { refused: refused(0, 1) }), true, []],
    ['of which more than a tenth is refused is not', received(8, { refused: refused(0, 1) }), false, ['mostly_refused']],
    [
      'with an attribute whose values cannot be read is not',
      received(3, { unread: { attribute: 'create_dt', refused: 3, received: 3 } }),
      false,
      ['values_refused'],
    ],
    ['of which all is refused is not', received(0, { refused: refused(0, 1) }), false, ['mostly_refused']],
    [
      'of which a copy is refused for the first time is used, and that is said',
      received(3, { embedded: new Map([['visitors', refused(1)]]) }),
      true,
      ['records_refused'],
    ],
  ])('%s', (_, answer, isUsable, reasons) => {
    const verdict = judgeAnswer(ABOUT, answer);
    expect([verdict.isUsable, reasonsOf(verdict)]).toEqual([isUsable, reasons]);
  });
});

describe('the values of an attribute', () => {
  const shapeOf = (values: readonly unknown[], unfit: number) => {
    const shape = noShape();
    for (const created of values) addToShape(shape, { create_dt: created });
    for (let i = 0; i < unfit; i += 1) noteUnfit(shape, 'create_dt');
    return shape;
  };
  const times = (count: number): unknown[] => Array.from({ length: count }, () => 1_700_000_000);

  it.each<[string, unknown[], number, boolean]>([
    ['that fit can be read', times(30), 0, false],
    ['of which three do not fit, a tenth, can be read', times(30), 3, false],
    ['of which three do not fit, more than a tenth, cannot', times(29), 3, true],
    ['of which two do not fit can, where another was read', times(3), 2, false],
    ['of which two do not fit cannot, where these are all', times(2), 2, true],
    ['of which the only one does not fit can', times(1), 1, false],
    ['of which three do not fit cannot, whatever number of records have none', [...times(3), ...Array(50).fill(null)], 3, true],
  ])('%s', (_, values, unfit, isUnread) => {
    const received = values.filter((value) => value !== null).length;
    expect(findUnread(shapeOf(values, unfit))).toEqual(isUnread ? { attribute: 'create_dt', refused: unfit, received } : undefined);
  });

  it('of a small answer are judged with those that came before', () => {
    expect(findUnread(shapeOf(times(1), 1), shapeOf(times(2), 2))).toEqual({ attribute: 'create_dt', refused: 3, received: 3 });
    expect(findUnread(shapeOf(times(1), 0), shapeOf(times(3), 3))).toBeUndefined();
    expect(findUnread(shapeOf(times(1), 1), shapeOf(times(40), 2))).toBeUndefined();
  });

  it('that are in doubt stay so while a single one does not fit', () => {
    const doubted = new Set(['create_dt']);
    expect(findUnread(shapeOf(times(1), 1), undefined, doubted)).toEqual({ attribute: 'create_dt', refused: 1, received: 1 });
    expect(findUnread(shapeOf(times(10), 1), undefined, doubted)).toBeUndefined();
    expect(findUnread(shapeOf(times(1), 0), undefined, doubted)).toBeUndefined();
  });
});

describe('a list of everything', () => {
  const evidence: ListEvidence = {
    received: received(30),
    lacking: { listed: 0, shown: 0, known: 0 },
    expected: 30,
    previous: 30,
    wasDoubted: false,
  };
  it.each<[string, Partial<ListEvidence>, boolean, string[]]>([
    ['is whole when nothing contradicts it', {}, true, []],
    ['is whole when it lacks some that it had', { lacking: { listed: 2, shown: 0, known: 2 } }, true, []],
    ['is not when it cannot be used', { received: received(30, { hints: { failed: 'error' } }) }, false, ['answer_failed']],
    ['is not when copies of the last days show more', { lacking: { listed: 0, shown: 1, known: 1 } }, false, ['list_lacks_shown']],
    [
      'is not when it has the size of a page twice, and more are known',
      { received: received(25), previous: 25, lacking: { listed: 0, shown: 0, known: 1 } },
      false,
      ['list_round'],
    ],
    [
      'is when it has the size of a page for the first time',
      { received: received(25), previous: 24, lacking: { listed: 0, shown: 0, known: 1 } },
      true,
      [],
    ],
    ['is when it has the size of a page, and no more are known', { received: received(25), previous: 25 }, true, []],
    ['is not when it has as many as it says that an answer has', { received: full(7) }, false, ['list_full']],
    ['is when it has fewer than that', { received: { ...full(7), stored: rows(6) } }, true, []],
    [
      'is when another size came twice, and more are known',
      { received: received(26), previous: 26, lacking: { listed: 0, shown: 0, known: 1 } },
      true,
      [],
    ],
    [
      'is not when it lacks much of what it had',
      { expected: 100, lacking: { listed: 11, shown: 0, known: 11 } },
      false,
      ['list_lacks_much'],
    ],
    ['is when it lacks as much a second time', { expected: 100, lacking: { listed: 11, shown: 0, known: 11 }, wasDoubted: true }, true, []],
    ['is when that is a tenth', { expected: 110, lacking: { listed: 11, shown: 0, known: 11 } }, true, []],
    ['is when those are ten', { expected: 50, lacking: { listed: 10, shown: 0, known: 10 } }, true, []],
    ['is not when it is empty and had some', { received: received(0), wasDoubted: true }, false, ['list_empty']],
    ['is when it is empty and never had any', { received: received(0), expected: 0, previous: undefined }, true, []],
  ])('%s', (_, others, isWhole, reasons) => {
    const verdict = judgeList(ABOUT, { ...evidence, ...others });
    expect([verdict.isWhole, reasonsOf(verdict)]).toEqual([isWhole, reasons]);
  });

  it.each<[string, Received, number, number, boolean]>([
    ['with records is whole', received(1), 1, 1, true],
    ['that cannot be used is not', received(1, { hints: { failed: 'error' } }), 1, 1, false],
    ['that is empty at the first look is not, where some were known', received(0), 1, 1, false],
    ['that is empty at the second look is', received(0), 2, 1, true],
    ['that is empty is, where none was known', received(0), 1, 0, true],
    ['that has as many as it says that an answer has is not', full(2), 1, 1, false],
  ])('of one parent %s', (_, answer, looks, expected, isWhole) => {
    expect(judgeScopedList(ABOUT, answer, looks, expected).isWhole).toBe(isWhole);
    expect(reasonsOf(judgeScopedList(ABOUT, full(2), 1, 1))).toEqual(['list_full']);
  });
});

describe('days with a report', () => {
  const evidence: WindowEvidence = {
    received: received(10),
    reported: { total: 10 },
    sinceReport: 0,
    afterReport: 0,
    explained: 0,
    cap: Number.NaN,
    longest: 50,
    lacking: 0,
    countsLess: false,
  };
  it.each<[string, Partial<WindowEvidence>, string, string[]]>([
    ['are proved when it counts what is stored', {}, 'proved', []],
    ['are proved when more came since it was asked', { reported: { total: 9 }, sinceReport: 1 }, 'proved', []],
    [
      'are looked at again when what came since may hide that a known record did not come',
      { sinceReport: 1, afterReport: 1, lacking: 1 },
      'suspicious',
      [],
    ],
    ['are when the answer is as long as those that are cut, as the report may count less', { cap: 10 }, 'suspicious', []],
    ['are not when it is longer than those that were cut', { cap: 9 }, 'proved', []],
    ['are when it may hide that the answer was cut', { sinceReport: 1, afterReport: 1, longest: 10 }, 'suspicious', []],
    [
      'are when it may hide that the answer was cut at the size of a page',
      { received: received(25), reported: { total: 25 }, sinceReport: 1, afterReport: 1 },
      'suspicious',
      [],
    ],
    [
      'are proved at the size of a page when none says that it came since',
      { received: received(25), reported: { total: 25 }, sinceReport: 1 },
      'proved',
      [],
    ],
    ['are proved when a known record is gone', { lacking: 1 }, 'proved', []],
    ['are proved when only the newest record came since', { sinceReport: 1, afterReport: 1 }, 'proved', []],
    ['are proved when one more may have begun since', { received: received(11), sinceReport: 1 }, 'proved', []],
    [
      'are looked at again when one more may have begun since, and the answer has the size of a page',
      { received: received(25), reported: { total: 24 }, sinceReport: 1 },
      'suspicious',
      [],
    ],
    ['are not proved when it counts less', { reported: { total: 9 } }, 'unproved', ['report_counts_less']],
    ['are not proved when it was found to count less before', { countsLess: true, lacking: 1 }, 'suspicious', ['report_counts_less']],
    ['are proved when it counted less before, and counts all that are known now', { countsLess: true }, 'proved', []],
    [
      'are not proved when it counted less before, and counts less than came now',
      { countsLess: true, received: received(11), sinceReport: 1 },
      'unproved',
      ['report_counts_less'],
    ],
    ['lack some when it counts more', { reported: { total: 11 } }, 'lacks', []],
    ['lack some also when it was found to count less before', { reported: { total: 11 }, countsLess: true }, 'lacks', []],
    ['lack as many as before', { reported: { total: 11 }, explained: 1 }, 'differs', []],
    ['lack more than before', { reported: { total: 12 }, explained: 1 }, 'lacks', []],
    [
      'are not proved when the rest was refused',
      { reported: { total: 11 }, received: received(10, { refused: refused(0, 1) }) },
      'unproved',
      [],
    ],
    [
      'settle nothing when the answer cannot be used',
      { received: received(10, { refused: refused(0, 0, 1) }) },
      'unusable',
      ['database_refused'],
    ],
    [
      'lack some when the answer says so too',
      { received: received(9, { hints: { more: { sign: 'has_more' } } }) },
      'lacks',
      ['more_announced'],
    ],
    [
      'settle nothing when the answer says that there is more, and the report does not',
      { received: received(10, { hints: { more: { sign: 'has_more' } } }) },
      'unusable',
      ['more_announced'],
    ],
    [
      'settle nothing when the answer failed, however many lack',
      { received: received(9, { hints: { failed: 'errors', more: { sign: 'has_more' } } }) },
      'unusable',
      ['answer_failed', 'more_announced'],
    ],
    [
      'settle nothing when it says that there is more, and as many lack as before',
      { received: received(9, { hints: { more: { sign: 'has_more' } } }), explained: 1 },
      'unusable',
      ['more_announced'],
    ],
    ['are not proved without a report', { reported: { none: true } }, 'unproved', ['no_report']],
    ['are not proved when it failed', { reported: { failed: '500' } }, 'unproved', ['report_failed']],
    [
      'are looked at again without a report for the first time',
      { reported: { none: true }, longest: undefined },
      'suspicious',
      ['no_report'],
    ],
    ['are when the answer is as long as the longest', { reported: { none: true }, longest: 10 }, 'suspicious', ['no_report']],
    ['are when the answer is as long as those that are cut', { reported: { none: true }, cap: 10 }, 'suspicious', ['no_report']],
    ['are when the answer has the size of a page', { reported: { none: true }, received: received(25) }, 'suspicious', ['no_report']],
    ['are when the answer has as many as it allows', { reported: { none: true }, received: full(7) }, 'suspicious', ['no_report']],
    ['are when known records did not come', { reported: { none: true }, lacking: 1 }, 'suspicious', ['no_report']],
    ['are not when nothing came', { reported: { none: true }, received: received(0), longest: undefined }, 'unproved', ['no_report']],
    [
      'settle nothing when nothing came, and some are known',
      { reported: { none: true }, received: received(0), lacking: 1 },
      'unusable',
      ['no_report', 'stored_not_sent'],
    ],
  ])('%s', (_, others, state, reasons) => {
    const verdict = judgeWindow({ ...ABOUT, days: DAYS }, { ...evidence, ...others });
    expect([verdict.state, reasonsOf(verdict)]).toEqual([state, reasons]);
  });

  it('lack something that may be missing when the report failed, and nothing when there is none', () => {
    const isLoss = (reported: WindowEvidence['reported']) =>
      judgeWindow(ABOUT, { ...evidence, reported }).doubts.map((one) => one.mayBeMissing);
    expect([isLoss({ failed: '500' }), isLoss({ none: true }), isLoss({ total: 9 })]).toEqual([[true], [false], [false]]);
  });
});

describe('days with rows on a grid', () => {
  const NOW = new Date('2018-06-14T02:00:00Z');
  /** A row an hour, from one moment until another. */
  const hourly = (from: string, until: string): Received => {
    const stored: Row[] = [];
    for (let at = Date.parse(from); at < Date.parse(until); at += 3_600_000) stored.push({ create_dt: new Date(at) });
    return { ...nothingReceived(), stored };
  };
  const evidence: SpanEvidence = {
    received: hourly('2018-06-09T00:00:00Z', '2018-06-14T02:00:00Z'),
    expected: { from: '2018-06-10', until: '2018-06-15' },
    moment: 'create_dt',
    rowsPerDay: 288,
    now: NOW,
    isIdle: false,
    wasSilent: false,
    newestAt: null,
  };
  const ALL = [evidence.expected];
  it.each<[string, Partial<SpanEvidence>, SpanEvidence['expected'][], SpanEvidence['expected'][]]>([
    ['are covered from the first row to the last one', {}, ALL, []],
    [
      'are in doubt before the first row',
      { received: hourly('2018-06-12T00:00:00Z', '2018-06-14T02:00:00Z') },
      [{ from: '2018-06-12', until: '2018-06-15' }],
      [{ from: '2018-06-10', until: '2018-06-12' }],
    ],
    [
      'are in doubt around a single row, which tells no interval',
      { received: hourly('2018-06-12T00:00:00Z', '2018-06-12T01:00:00Z') },
      [],
      [
        { from: '2018-06-10', until: '2018-06-12' },
        { from: '2018-06-12', until: '2018-06-15' },
      ],
    ],
    [
      'are in doubt after the last row',
      { received: hourly('2018-06-09T00:00:00Z', '2018-06-12T00:00:00Z') },
      [{ from: '2018-06-10', until: '2018-06-12' }],
      [{ from: '2018-06-12', until: '2018-06-15' }],
    ],
    [
      'are in doubt where rows begin in the middle of a day, after days without any',
      { received: hourly('2018-06-12T12:00:00Z', '2018-06-14T02:00:00Z') },
      [{ from: '2018-06-13', until: '2018-06-15' }],
      [{ from: '2018-06-10', until: '2018-06-13' }],
    ],
    [
      'are covered where rows begin in the middle of the first',
      { received: hourly('2018-06-10T12:00:00Z', '2018-06-14T02:00:00Z') },
      ALL,
      [],
    ],
    [
      'are in doubt on both sides where no day is whole',
      { received: hourly('2018-06-11T05:00:00Z', '2018-06-12T06:00:00Z') },
      [],
      [
        { from: '2018-06-10', until: '2018-06-12' },
        { from: '2018-06-12', until: '2018-06-15' },
      ],
    ],
    ['are in doubt without any row', { received: received(0) }, [], ALL],
    ['are covered without any row of somebody idle', { received: received(0), isIdle: true }, ALL, []],
    [
      'are not covered where rows of somebody idle that are stored do not come either',
      { received: received(0), isIdle: true, newestAt: new Date('2018-06-09T12:00:00Z') },
      [],
      [],
    ],
    [
      'are covered without any row of somebody idle whose rows are older than was asked for',
      { received: received(0), isIdle: true, newestAt: new Date('2018-06-09T11:59:59Z') },
      ALL,
      [],
    ],
    ['are covered with rows of somebody idle', { isIdle: true, newestAt: NOW }, ALL, []],
    ['are in doubt without any row of somebody who had some', { received: received(0), newestAt: NOW }, [], ALL],
    ['are covered without any row of somebody silent before', { received: received(0), wasSilent: true }, ALL, []],
    [
      'are in doubt without any row of somebody silent before whose stored rows do not come either',
      { received: received(0), wasSilent: true, newestAt: new Date('2018-06-09T23:00:00Z') },
      [],
      ALL,
    ],
    [
      'are in doubt when somebody silent before has rows again, at one end',
      { received: hourly('2018-06-12T00:00:00Z', '2018-06-14T02:00:00Z'), wasSilent: true },
      [{ from: '2018-06-12', until: '2018-06-15' }],
      [{ from: '2018-06-10', until: '2018-06-12' }],
    ],
  ])('%s', (_, others, covered, edges) => {
    const verdict = judgeSpan(ABOUT, { ...evidence, ...others });
    expect([verdict.covered, verdict.edges.map(({ days }) => days), reasonsOf(verdict)]).toEqual([covered, edges, []]);
  });

  it('are asked for, where rows begin in the middle of a day, without that day', () => {
    const { edges } = judgeSpan(ABOUT, { ...evidence, received: hourly('2018-06-12T12:00:00Z', '2018-06-14T02:00:00Z') });
    expect(edges.map(({ look }) => look)).toEqual([{ from: '2018-06-10', until: '2018-06-12' }]);
  });

  it('are asked for without those that have some, where no day is whole', () => {
    const { edges } = judgeSpan(ABOUT, { ...evidence, received: hourly('2018-06-11T05:00:00Z', '2018-06-12T06:00:00Z') });
    expect(edges.map(({ look }) => look)).toEqual([
      { from: '2018-06-10', until: '2018-06-11' },
      { from: '2018-06-13', until: '2018-06-15' },
    ]);
  });

  it('are in doubt where rows begin in the middle of the first, when the answer has the size of a page', () => {
    const cut = hourly('2018-06-09T22:00:00Z', '2018-06-14T02:00:00Z');
    expect(cut.stored).toHaveLength(100);
    const begun = hourly('2018-06-10T23:00:00Z', '2018-06-15T03:00:00Z');
    expect(judgeSpan(ABOUT, { ...evidence, received: begun, now: new Date('2018-06-15T03:00:00Z') }).edges).toHaveLength(1);
  });

  it('are not covered by an answer that cannot be used', () => {
    const verdict = judgeSpan(ABOUT, { ...evidence, received: { ...evidence.received, refused: refused(0, 0, 1) } });
    expect([verdict.covered, reasonsOf(verdict)]).toEqual([[], ['database_refused']]);
  });
});

describe('the messages of a chat', () => {
  const AT = new Date('2018-06-14T02:00:00Z');
  const chat: AskedChat = {
    chatId: 5,
    count: 3,
    lastAt: new Date('2018-06-13T11:59:00Z'),
    isExpected: true,
    createdAt: new Date('2018-06-13T11:00:00Z'),
    isEnded: true,
    endedAt: new Date('2018-06-13T12:00:00Z'),
    emptyLooks: 0,
  };
  const NOTHING = { settled: [], late: [], empty: [], byChat: [], otherWay: [], maybeCut: false, ends: [] };
  const evidence: MessagesEvidence = {
    of: { name: 'messages' },
    by: 'chat',
    received: received(3),
    chats: [chat],
    at: AT,
    cap: undefined,
    wholeAt: 0,
    longest: 0,
    sizes: [],
    strays: 0,
    leavesOut: false,
    otherLook: 'impossible',
    alike: 0,
  };
  const late = { ...chat, endedAt: new Date('2018-06-14T01:40:00Z') };
  const none = { ...chat, count: 0, lastAt: undefined };
  /** A chat of so many minutes that began at an hour of the day, the last message of it a minute before its end. */
  const talk = (chatId: number, hour: number, count: number, minutes = 30): AskedChat => {
    const createdAt = new Date(Date.UTC(2018, 5, 13, hour));
    const endedAt = new Date(createdAt.getTime() + minutes * 60_000);
    const lastAt = count > 0 ? new Date(endedAt.getTime() - 60_000) : undefined;
    return { ...chat, chatId, count, createdAt, endedAt, lastAt, isExpected: count > 0 };
  };
  it.each<[string, Partial<MessagesEvidence>, object, string[]]>([
    ['are settled by one of them, asked for after its end', {}, { settled: [5] }, []],
    ['are asked for again when it ended just before', { chats: [late] }, { late: [5] }, []],
    ['are settled half an hour after its end', { chats: [{ ...late, endedAt: new Date('2018-06-14T01:30:00Z') }] }, { settled: [5] }, []],
    ['are asked for again when none came, and something was said', { chats: [none] }, { empty: [5] }, ['no_messages']],
    ['are believed to be none at the second run', { chats: [{ ...none, emptyLooks: 1 }] }, { settled: [5] }, []],
    ['are believed to be none when nothing was said', { chats: [{ ...none, isExpected: false }] }, { settled: [5] }, []],
    ['are no matter of doubt while it is open', { chats: [{ ...none, isEnded: false }] }, { settled: [5] }, []],
    ['are no matter of doubt just after its end', { chats: [{ ...late, count: 0 }] }, { late: [5] }, []],
    ['are not settled by an answer that cannot be used', { received: received(3, { hints: { failed: 'error' } }) }, {}, ['answer_failed']],
    ['by visitor, are asked for by chat when none came', { by: 'visitor', chats: [none] }, { byChat: [5] }, []],
    [
      'by visitor, are asked for by chat while it is open too',
      { by: 'visitor', chats: [{ ...none, isEnded: false }] },
      { byChat: [5] },
      [],
    ],
    [
      'by visitor, are asked for by chat just after its end too: this way may leave them out',
      { by: 'visitor', chats: [{ ...late, count: 0 }] },
      { byChat: [5] },
      [],
    ],
    [
      'by visitor, are asked for by chat when another chat lacks its own, also where nothing shows that something was said',
      { by: 'visitor', chats: [none, { ...none, chatId: 6, isExpected: false }, { ...chat, chatId: 7 }] },
      { byChat: [5, 6], settled: [7] },
      [],
    ],
    ['by visitor, are not when nothing was said', { by: 'visitor', chats: [{ ...none, isExpected: false }] }, { settled: [5] }, []],
    [
      'by visitor, are also then where other answers by visitor have left some out',
      {
        by: 'visitor',
        leavesOut: true,
        chats: [
          { ...none, isExpected: false },
          { ...chat, chatId: 7 },
        ],
      },
      { byChat: [5], settled: [7] },
      [],
    ],
    ['by visitor, are when some are of no known chat', { by: 'visitor', strays: 1 }, { byChat: [5] }, []],
    ['by chat, are in doubt when all are of others', { strays: 3 }, {}, ['not_asked_for']],
    [
      'by visitor, are when the answer has the size of a page',
      { by: 'visitor', received: received(50) },
      { byChat: [5], maybeCut: true, ends: [5] },
      [],
    ],
    [
      'by visitor, are, with no end in view, when such an answer has messages of no known chat',
      { by: 'visitor', received: received(50), strays: 1 },
      { byChat: [5], maybeCut: true },
      [],
    ],
    [
      'by visitor, are, with no end in view, when such an answer lacks those of another chat',
      { by: 'visitor', received: received(50), chats: [chat, { ...none, chatId: 6 }] },
      { byChat: [5, 6], maybeCut: true },
      [],
    ],
    [
      'by visitor, are, with no end in view, when another chat has just ended',
      { by: 'visitor', received: received(50), chats: [chat, { ...late, chatId: 6 }] },
      { byChat: [5, 6], maybeCut: true },
      [],
    ],
    ['by visitor, are not when all others are shorter', { by: 'visitor', received: received(34), sizes: [33, 3] }, { settled: [5] }, []],
    ['by visitor, are not when a longer answer was seen', { by: 'visitor', received: received(50), longest: 51 }, { settled: [5] }, []],
    ['by visitor, are not when a longer answer was whole', { by: 'visitor', received: received(50), wholeAt: 51 }, { settled: [5] }, []],
    [
      'by visitor, are when another answer of that size was whole: it may be where the source cuts',
      { by: 'visitor', received: received(50), wholeAt: 50 },
      { byChat: [5], maybeCut: true, ends: [5] },
      [],
    ],
    [
      'by visitor, are when the largest answers are of one size',
      { by: 'visitor', received: received(34), sizes: [34, 3] },
      { byChat: [5], maybeCut: true, ends: [5] },
      [],
    ],
    ['by visitor, are not when these are small', { by: 'visitor', received: received(6), sizes: [6, 3] }, { settled: [5] }, []],
    [
      'by visitor, are at the size where the source cuts',
      { by: 'visitor', received: received(34), cap: 34 },
      { byChat: [5], maybeCut: true, ends: [5] },
      [],
    ],
    ['by visitor, are not below it', { by: 'visitor', received: received(33), cap: 34 }, { settled: [5] }, []],
    ['by chat, are in doubt at the size where the source cuts', { received: received(34), cap: 34 }, { maybeCut: true }, ['messages_cut']],
    [
      'by chat, are not looked at again at that size',
      { received: received(34), cap: 34, otherLook: 'due' },
      { maybeCut: true },
      ['messages_cut'],
    ],
    [
      'by chat, are looked at in the other way when a longer answer has the size of a page',
      { received: received(50), cap: 34, otherLook: 'due' },
      { otherWay: [5], maybeCut: true },
      [],
    ],
    ['by chat, are in doubt when two have the size of a page', { received: received(50), alike: 1 }, { maybeCut: true }, ['messages_cut']],
    ['by chat, are not when an answer of that size was whole', { received: received(50), alike: 1, wholeAt: 50 }, { settled: [5] }, []],
    ['by chat, are not when two have another size', { received: received(34), sizes: [34], alike: 1 }, { settled: [5] }, []],
    ['by chat, are not when one has it', { received: received(50), sizes: [20] }, { settled: [5] }, []],
    ['by chat, are not when a longer answer was seen', { received: received(50), alike: 1, sizes: [50, 60] }, { settled: [5] }, []],
    [
      'by chat, are looked at in the other way when there is one, and they have the size of a page',
      { received: received(50), otherLook: 'due' },
      { otherWay: [5], maybeCut: true },
      [],
    ],
    [
      'by chat, are looked at in the other way when the longest have one size',
      { received: received(34), sizes: [34], otherLook: 'due' },
      { otherWay: [5], maybeCut: true },
      [],
    ],
    [
      'by chat, are not looked at again just after its end',
      { received: received(50), chats: [late], otherLook: 'due' },
      { late: [5], maybeCut: true },
      [],
    ],
    [
      'by chat, are settled when the other look brings fewer of them',
      { received: received(50), alike: 1, otherLook: 'fewer' },
      { settled: [5] },
      [],
    ],
    [
      'by chat, are in doubt when it has as many as it allows, though others are longer',
      { received: full(7), sizes: [9], otherLook: 'same' },
      { maybeCut: true },
      ['messages_cut'],
    ],
    ['by chat, are in doubt when it brings another', { received: received(34), otherLook: 'more' }, { maybeCut: true }, ['messages_cut']],
    [
      'by chat, are settled when it brings the same, and no other chat has as many',
      { received: received(50), otherLook: 'same' },
      { settled: [5] },
      [],
    ],
    [
      'by chat, are in doubt when it brings the same, and another chat has as many',
      { received: received(50), alike: 1, otherLook: 'same' },
      { maybeCut: true },
      ['messages_cut'],
    ],
  ])('%s', (_, others, expected, reasons) => {
    const { doubts, ...verdict } = judgeMessages({ ...evidence, ...others });
    expect(verdict).toEqual({ ...NOTHING, ...expected });
    expect(reasonsOf({ doubts })).toEqual(reasons);
  });

  it.each<[string, AskedChat[], number[]]>([
    ['the first and the last', [talk(1, 8, 9), talk(2, 9, 9), talk(3, 10, 7)], [1, 3]],
    ['those before and after that have none', [talk(1, 7, 0), talk(2, 8, 9), talk(3, 9, 0), talk(4, 10, 16), talk(5, 11, 0)], [1, 2, 4, 5]],
    ['one of the same second that has none', [talk(1, 8, 9), talk(2, 9, 9), talk(3, 10, 7), talk(4, 10, 0)], [1, 3, 4]],
    [
      'one that lasted longer than the last message',
      [talk(1, 8, 9), { ...talk(2, 9, 9, 200), lastAt: undefined }, talk(3, 10, 7)],
      [1, 2, 3],
    ],
    ['the last, though one before it lasted longer', [talk(1, 8, 9), talk(2, 9, 9, 200), talk(3, 10, 7, 20)], [1, 2, 3]],
    ['one that is open', [talk(1, 8, 9), { ...talk(2, 9, 9), isEnded: false }, talk(3, 10, 7)], [1, 2, 3]],
  ])('of a visitor may be cut at its ends: %s', (_, chats, ends) => {
    expect(judgeMessages({ ...evidence, by: 'visitor', received: received(25), chats })).toMatchObject({ maybeCut: true, ends });
  });
});

describe('a list in pages', () => {
  it.each([
    ['is whole when its end was reached', { end: 'reached', lastPage: 20 }, {}, true],
    ['is not when a page of a round size cannot be continued, and none is larger', { end: 'open', lastPage: 20 }, {}, false],
    ['is not when that page has 25', { end: 'open', lastPage: 25 }, {}, false],
    ['is when that page is of no round size', { end: 'open', lastPage: 17 }, {}, true],
    ['is not when another list ends with as many', { end: 'open', lastPage: 17 }, { alike: 1 }, false],
    ['is when another list ends with a single record, too', { end: 'open', lastPage: 1 }, { alike: 1 }, true],
    ['is when another list of the run has a larger page', { end: 'open', lastPage: 10 }, { ofOthers: 20 }, true],
    ['is not when an answer left out its end, and it may be a page', { end: 'away', lastPage: 15 }, {}, false],
    ['neither when it has 24', { end: 'away', lastPage: 24 }, {}, false],
    ['nor 48', { end: 'away', lastPage: 48 }, {}, false],
    ['nor 16', { end: 'away', lastPage: 16 }, {}, false],
    ['is when an answer left out its end, and no page has so many', { end: 'away', lastPage: 13 }, {}, true],
    ['is when nothing left out its end, and pages seldom have so many', { end: 'open', lastPage: 15 }, {}, true],
    ['is when an answer left out its end, and another list has a larger page', { end: 'away', lastPage: 15 }, { ofOthers: 16 }, true],
    ['is not when the source announces more', { end: 'reached', lastPage: 20 }, { announced: { sign: 'meta.total', count: 45 } }, false],
    ['is when the source announces as many', { end: 'reached', lastPage: 20 }, { announced: { sign: 'meta.total', count: 44 } }, true],
    ['is not when most of its records belong into another', { end: 'reached', lastPage: 20 }, { strays: 23 }, false],
    ['is when half of them do', { end: 'reached', lastPage: 20 }, { strays: 22 }, true],
    ['is not when its last page says that it goes on', { end: 'reached', lastPage: 20 }, { more: { sign: 'has_more' } }, false],
    ['is when it has a record of the last of as many pages', { end: 'reached', lastPage: 20 }, { more: { sign: 'pages', pages: 3 } }, true],
    ['is not when it has fewer pages than that', { end: 'reached', lastPage: 20 }, { more: { sign: 'pages', pages: 4 } }, false],
    ['nor when it has just those before the last', { end: 'reached', lastPage: 22 }, { more: { sign: 'pages', pages: 3 } }, false],
    ['nor when those of others are smaller', { end: 'reached', lastPage: 22 }, { ofOthers: 20, more: { sign: 'pages', pages: 3 } }, false],
    ['nor when pages of others are larger', { end: 'reached', lastPage: 20 }, { ofOthers: 22, more: { sign: 'pages', pages: 3 } }, false],
  ] as const)('%s', (_, read, others, isWhole) => {
    const evidence = { read, known: 44, ofOthers: read.lastPage, alike: 0, strays: 0, announced: undefined, more: undefined, ...others };
    expect(judgePages(ABOUT, evidence).isWhole).toBe(isWhole);
  });

  it.each<[string, number, boolean, string[]]>([
    ['are in doubt when open records are known', 1, false, ['list_empty']],
    ['are not when none is', 0, false, []],
    ['are not when they have been for a week', 1, true, []],
  ])('that are all empty %s', (_, open, wasDoubted, reasons) => {
    expect(reasonsOf({ doubts: judgeEmptyLists(ABOUT, open, wasDoubted) })).toEqual(reasons);
  });
});

describe('a run', () => {
  const evidence: RunEvidence = { end: undefined, errors: 0, doubtsOfLoss: 0, left: 0, hasRows: true };
  it.each<[string, Partial<RunEvidence>, string]>([
    ['is complete when everything is there', {}, 'complete'],
    ['is incomplete when something is left', { left: 1, end: 'duration' }, 'incomplete'],
    ['is partial when something failed', { errors: 1 }, 'partial'],
    ['is partial when something may be missing', { doubtsOfLoss: 1 }, 'partial'],
    ['is partial rather than incomplete', { doubtsOfLoss: 1, left: 1 }, 'partial'],
    ['is failed when nothing came', { errors: 1, hasRows: false }, 'failed'],
    ['is failed when nothing can be done', { end: 'failure' }, 'failed'],
    ['is interrupted by a signal', { end: 'signal', doubtsOfLoss: 1, errors: 1 }, 'interrupted'],
  ])('%s', (_, others, status) => {
    expect(judgeRun({ ...evidence, ...others })).toBe(status);
  });
});

describe('a range of days', () => {
  const range: RangeEvidence = {
    days: { from: '2018-06-01', until: '2018-07-01' },
    came: ['2018-06-20', '2018-06-30'],
    lacking: [],
    read: [],
  };
  const older = { from: '2018-06-01', until: '2018-06-20' };
  it.each<[string, Partial<RangeEvidence>, unknown[]]>([
    ['is asked for again where nobody read the days before its first record', {}, [older]],
    ['is where nobody read those after its last', { came: ['2018-06-01', '2018-06-10'] }, [{ from: '2018-06-11', until: '2018-07-01' }]],
    ['is not where they were read', { read: [older] }, []],
    ['is where more were not read than were quiet in between', { read: [{ ...older, until: '2018-06-10' }] }, [older]],
    ['is not where as many were not read as were quiet in between', { read: [{ ...older, until: '2018-06-11' }] }, []],
    ['is not for two days', { came: ['2018-06-03', '2018-06-04'], read: [{ from: '2018-06-05', until: '2018-07-01' }] }, []],
    [
      'is where known records lack before its first one: from the first of them to the last',
      { read: [range.days], lacking: ['2018-06-02', '2018-06-04', '2018-06-25'] },
      [{ from: '2018-06-02', until: '2018-06-05' }],
    ],
    ['is not where they lack in between', { read: [range.days], lacking: ['2018-06-20', '2018-06-25'] }, []],
    [
      'is where known records lack after its last one',
      { came: ['2018-06-01'], read: [range.days], lacking: ['2018-06-02'] },
      [{ from: '2018-06-02', until: '2018-06-03' }],
    ],
    ['without any record is not, where none is known', { came: [] }, []],
    ['without any record is where some are', { came: [], lacking: ['2018-06-02'] }, [{ from: '2018-06-02', until: '2018-06-03' }]],
    [
      'without any record, on all days of which some are known, is on its last day',
      { came: [], lacking: ['2018-06-01', '2018-06-30'] },
      [{ from: '2018-06-30', until: '2018-07-01' }],
    ],
    ['of one day is not', { days: { from: '2018-06-01', until: '2018-06-02' }, came: [], lacking: ['2018-06-01'] }, []],
    ['that has records of the days beside it is not', { came: ['2018-05-31', '2018-07-01'], read: [range.days] }, []],
  ])('%s', (_, others, alone) => {
    expect(daysToAskAlone({ ...range, ...others })).toEqual(alone);
  });

  it.each<[string, Partial<RangeEvidence>, string, number]>([
    ['as many as its newest records are of, and one less', {}, '2018-06-05', 10],
    ['as many as its oldest records are of, and one less', { came: ['2018-06-03', '2018-06-07'] }, '2018-06-20', 6],
    ['one at least', { came: ['2018-06-30'] }, '2018-06-05', 1],
    ['half of them where none came', { came: [] }, '2018-06-05', 15],
  ])('that was shortened is of %s', (_, others, day, longest) => {
    expect(longestShown({ ...range, ...others }, { from: day, until: day })).toBe(longest);
  });

  it.each<[string, Partial<WindowEvidence>, number]>([
    ['is judged with its report', { reported: { total: 2 } }, 1],
    ['is, without one', { reported: { none: true } }, 1],
    ['is not where its report tells that it was cut', { reported: { total: 3 } }, 0],
    ['is not where the answer failed', { received: received(2, { hints: { failed: 'error' } }) }, 0],
    ['is not where the answer is as long as those that are cut', { cap: 2 }, 0],
    ['is not where the answer is as long as a page', { received: full(2) }, 0],
  ])('%s', (_, others, count) => {
    const evidence = { received: received(2), reported: { total: 2 }, sinceReport: 0, afterReport: 0, explained: 0, cap: Number.NaN };
    const verdict = judgeWindow(ABOUT, { ...evidence, longest: 50, lacking: 0, countsLess: false, range, ...others });
    expect(verdict.alone).toHaveLength(count);
  });
});
