import { describe, expect, it } from 'vitest';
import { parseAnswer } from '../../src/records/parse-answer.ts';
import type { Row } from '../../src/records/resource.ts';
import agents from '../../src/resources/agents.ts';
import messages from '../../src/resources/messages.ts';
import visitors from '../../src/resources/visitors.ts';
import { agent, agentRows, parseAgents, reasons, record, rowsOf } from '../support/records.ts';

describe('values', () => {
  it('that do not fit their column are absent and noted, the rest of the record goes on', () => {
    const answer = parseAgents([
      agent(1, { is_bot: 'perhaps', create_dt: '2018-02-30T00:00:00Z', full_name: 'Ann', authorization_level: 3 }),
    ]);
    expect(rowsOf(answer, agents)).toEqual([{ id: 1, client_id: 1, full_name: 'Ann', authorization_level: 3 }]);
    expect(answer.rejects).toMatchObject([
      { resource: 'agents', recordKey: '1', attribute: 'is_bot', reason: 'not a boolean', value: 'perhaps' },
      { resource: 'agents', recordKey: '1', attribute: 'create_dt', reason: 'a time that does not exist', value: '2018-02-30T00:00:00Z' },
    ]);
    expect(answer.batches.at(-1)?.rejected).toBe(0);
  });

  it('that are null are null, attributes that are absent are absent', () => {
    expect(agentRows([agent(1, { display_name: null })])).toEqual([{ id: 1, client_id: 1, display_name: null }]);
  });

  it('an empty e-mail of an agent is null, other empty texts are texts', () => {
    expect(agentRows([agent(1, { email: '', full_name: '' })])).toMatchObject([{ email: null, full_name: '' }]);
  });

  it('of attributes nobody declared, and of our own columns, are not taken', () => {
    expect(agentRows([agent(1, { favourite: 'tea', syncedAt: '2018-01-01T00:00:00Z', isInferred: true, constructor: 'x' })])).toEqual([
      { id: 1, client_id: 1 },
    ]);
  });

  it('are cleaned of what PostgreSQL cannot store, in rows and in what is kept aside', () => {
    const answer = parseAgents([agent(1, { full_name: 'A\0\ud800', is_bot: '\0\udc00' }), agent('x\ud800', { full_name: '\ud800' })]);
    expect(rowsOf(answer, agents)).toMatchObject([{ full_name: 'A\uFFFD\uFFFD' }]);
    for (const text of answer.rejects.flatMap(({ recordKey, reason, value }) => [recordKey, reason, value])) {
      expect(text?.isWellFormed()).toBe(true);
      expect(text).not.toContain('\0');
    }
    expect(answer.rejects[0]?.value).toBe('\uFFFD\uFFFD');
  });

  it('that are kept aside are cut to 10,000 characters', () => {
    expect(parseAgents([agent(1, { is_bot: '😀'.repeat(20_000) })]).rejects[0]?.value).toHaveLength(10_000);
    expect(parseAgents([agent('x', { full_name: `${'a'.repeat(20_000)}` })]).rejects[0]?.value).toHaveLength(10_000);
  });

  it('a hostile key "__proto__" changes nothing', () => {
    const hostile = JSON.parse('{"id":1,"attributes":{"client_id":1,"__proto__":{"is_bot":true,"full_name":"Eve"}},"__proto__":{"id":9}}');
    expect(agentRows([hostile])).toEqual([{ id: 1, client_id: 1 }]);
    const bare = JSON.parse('{"client_id":1,"__proto__":{"id":9}}');
    expect(reasons(parseAgents([bare]))).toEqual([[null, null, 'has no id']]);
    expect(Object.hasOwn(Object.prototype, 'is_bot')).toBe(false);
  });
});

describe('computed columns', () => {
  it.each<[string | null | undefined, number | null | undefined]>([
    [' 😀é \n', 2],
    ['', 0],
    ['a\0', 2],
    [null, null],
    [undefined, undefined],
  ])('body_length counts the code points of %j: %j', (body, length) => {
    expect(rowsOf(parseAnswer({ data: [record('messages', 1, { body })] }, messages), messages)[0]?.bodyLength).toBe(length);
  });

  it.each<[Row, Row]>([
    [{ email: 'x@example.com' }, { hasEmail: true }],
    [{ email: ' ' }, { hasEmail: false }],
    [
      { email: null, phone: '123' },
      { hasEmail: false, hasPhone: true },
    ],
    [{ ip_address: '192.0.2.1', phone: '123' }, { visitorChannel: 'web' }],
    [{ ip_address: null, phone: '123' }, { visitorChannel: 'sms' }],
    [{ ip_address: null, phone: null }, { visitorChannel: 'unknown' }],
    [{ referrer_url: 'https://Shop.Example.com:8080/a?email=x' }, { referrerHost: 'shop.example.com' }],
    [{ referrer_url: 'shop.example.com/a' }, { referrerHost: 'shop.example.com' }],
    [{ referrer_url: 'about:blank' }, { referrerHost: null }],
    [{ referrer_url: null }, { referrerHost: null }],
  ])('of a visitor with %j are %j', (attributes, expected) => {
    expect(rowsOf(parseAnswer({ data: [record('visitors', 1, attributes)] }, visitors), visitors)).toMatchObject([expected]);
  });

  it('are never taken from an attribute of the same name', () => {
    const named = { country: 'DE', hasEmail: 1, channel: null, visitorChannel: 'x', referrerHost: 5, has_phone: true };
    const answer = parseAnswer({ data: [record('visitors', 1, named)] }, visitors);
    expect([rowsOf(answer, visitors), answer.rejects]).toEqual([[{ id: 1, client_id: 1, country: 'DE' }], []]);
  });

  it('are absent when the record does not say', () => {
    expect(rowsOf(parseAnswer({ data: [record('visitors', 1)] }, visitors), visitors)).toEqual([{ id: 1, client_id: 1 }]);
    expect(rowsOf(parseAnswer({ data: [record('visitors', 1, { phone: '123' })] }, visitors), visitors)).toEqual([
      { id: 1, client_id: 1, phone: '123', hasPhone: true },
    ]);
  });
});
