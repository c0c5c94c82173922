import { describe, expect, it } from 'vitest';
import { hintsOf, hintsOfHeaders } from '../../src/records/envelope.ts';

const headers = (given: Record<string, string>) => hintsOfHeaders(new Headers(given));

describe('that there is more', () => {
  it.each<Record<string, unknown>>([
    { incomplete_results: true },
    { partial: true },
    { isPartial: 'yes' },
    { partial_results: 1 },
    { truncated: 'Y' },
    { was_truncated: true },
    { has_more_items: true },
    { hasMorePages: 'True' },
    { more_available: true },
    { limit_exceeded: true },
    { limitReached: true },
    { complete: false },
    { isComplete: 'no' },
    { meta: { done: false } },
    { last: false },
    { is_last_page: 'no' },
    { finished: 'false' },
    { next: 2 },
    { next_cursor: 'a' },
    { nextToken: 'a' },
    { next_page_uri: '/x' },
    { '@odata.nextLink': '/x' },
    { next_href: '/x' },
    { nextMarker: 'a' },
    { continuation: 'a' },
    { continuation_token: 'a' },
    { LastEvaluatedKey: 'a' },
    { resumptionToken: 'a' },
    { num_pages: 2 },
    { nbPages: '2' },
    { page: 1, pages_total: 2 },
    { page: { number: 0, totalPages: 2 } },
    { page: 0, pages: 2 },
    { warning: 'only the first 25 are shown' },
    { warnings: ['the list was truncated'] },
    { meta: { notice: { text: 'Results limited to 100' } } },
    { message: 'incomplete results' },
  ])('is said by %j', (envelope) => {
    expect(hintsOf(envelope).more).toMatchObject({ sign: expect.any(String) });
  });

  it.each<Record<string, unknown>>([
    { truncated: false },
    { partial: 'no' },
    { complete: true },
    { completed: 0 },
    { last: true },
    { links: { last: '/x?page=1', next: null } },
    { next_token: '' },
    { continuation: null },
    { page: 0, pages: 1 },
    { page: 2, pages: 2 },
    { message: 'ok' },
    { warnings: [] },
    { warning: 'the field tag is deprecated' },
    { rate_limit: { remaining: 19 } },
    { next_billing_date: '2026-01-01' },
    { next: '#' },
    { links: { next: 'None' } },
    { links: { next: { href: null } } },
    { next_cursor: 'NULL' },
  ])('is not said by %j', (envelope) => {
    expect(hintsOf(envelope).more).toBeUndefined();
  });

  it('is said by headers', () => {
    expect(headers({ 'x-truncated': 'true' }).more).toEqual({ sign: 'x-truncated' });
    expect(headers({ warning: '299 - "Results truncated"' }).more).toEqual({ sign: 'Warning' });
    expect(headers({ warning: '110 - "Response is Stale"' }).more).toBeUndefined();
  });
});

describe('how many there are', () => {
  it.each<Record<string, unknown>>([
    { total: 99 },
    { total: '1,299' },
    { totalElements: 99 },
    { total_rows: '99' },
    { numFound: 99 },
    { number_of_records: 99 },
    { total_hits: 99 },
    { found: 99 },
    { row_count: 99 },
    { objects_count: 99 },
    { total: { value: 99, relation: 'eq' } },
  ])('is said by %j', (envelope) => {
    expect(hintsOf(envelope).total?.count).toBe(envelope.total === '1,299' ? 1_299 : 99);
  });

  it.each<Record<string, unknown>>([{ size: 50 }, { records: [] }, { account: 99 }, { total: 'many' }])('is not said by %j', (envelope) => {
    expect(hintsOf(envelope).total).toBeUndefined();
  });
});

describe('that it failed', () => {
  it.each<Record<string, unknown>>([
    { failed: true },
    { failure: 'x' },
    { error_message: 'x' },
    { errorCode: 12 },
    { success: 'no' },
    { is_ok: false },
    { result: 'error' },
    { status: 'failed' },
    { http_status: '503' },
    { error: { code: 0, message: 'timeout' } },
    { errors: [{ detail: 'timeout' }] },
    { errors: { chats: ['timeout'] } },
    { errors: { count: 1 } },
    { errors: [[[['timeout']]]] },
    { error_code: 215 },
    { error: 'no errors were found, but a timeout' },
    { error: 'No permission' },
  ])('is said by %j', (envelope) => {
    expect(hintsOf(envelope).failed).toEqual(expect.any(String));
  });

  it.each<Record<string, unknown>>([
    { failed: 0 },
    { error_code: 0 },
    { success: 'yes' },
    { result: 'success' },
    { result: 1000 },
    { status: 200 },
    { errors: [] },
    { error: { code: 0, message: '' } },
    { error: { code: 200, message: 'OK' } },
    { error: 'none' },
    { exception: 'None' },
    { error: 'N/A' },
    { errors: { count: 0 } },
    { errors: [[]] },
    { errors: [null] },
    { error_code: 200 },
    { errorMessage: 'No error' },
    { error_text: 'no errors found.' },
    { has_errors: 'no' },
    { fault: 'nil' },
  ])('is not said by %j', (envelope) => {
    expect(hintsOf(envelope).failed).toBeUndefined();
  });
});

describe('members that are neither yes nor no', () => {
  let deep: unknown = 'truncated';
  for (let i = 0; i < 20_000; i += 1) deep = [deep];
  it.each<[string, Record<string, unknown>]>([
    ['objects that cannot be made a text', { success: { toString: 1 }, complete: { valueOf: 1, toString: 1 }, truncated: { toString: 1 } }],
    ['what nests deep', { message: deep, warning: deep, complete: deep }],
    ['what is empty', { message: {}, warnings: [], complete: null, success: null }],
  ])('say nothing: %s', (_, envelope) => {
    expect(hintsOf(envelope)).toEqual({});
  });

  it('do not hide a cursor', () => {
    for (const next of ['n', 'f', 'no']) expect(hintsOf({ next }).more).toEqual({ sign: 'next' });
  });
});
