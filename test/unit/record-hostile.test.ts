import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Answer } from '../../src/records/answer.ts';
import { DocumentError } from '../../src/records/document.ts';
import { parseAnswer } from '../../src/records/parse-answer.ts';
import agentActivities from '../../src/resources/agent-activities.ts';
import agentGroups from '../../src/resources/agent-groups.ts';
import agents from '../../src/resources/agents.ts';
import chats from '../../src/resources/chats.ts';
import tasks from '../../src/resources/tasks.ts';
import visitors from '../../src/resources/visitors.ts';

import { agent, chat, parseAgents, reasons, record, rowsOf } from '../support/records.ts';

describe('secrets', () => {
  const fake = 'fake-canary';
  const leaky = (id: unknown) =>
    chat(id, {
      tag: JSON.stringify({ access_token: fake, city: 'Ulm' }),
      duration: { password: fake },
      agent: agent(4, { xmpp_password: fake, full_name: 'Ann' }),
      visitor: { data: record('visitors', 'x', { XMPP_PASSWORD: fake, more: [{ api_key: fake }] }) },
    });

  it('are in no row and in nothing that is kept aside, at any depth', () => {
    const answer = parseAnswer({ data: [leaky(1), leaky('bad')] }, chats);
    expect(answer.rejects.map(({ resource }) => resource).sort()).toEqual(['chats', 'chats', 'visitors']);
    expect(rowsOf(answer, chats)).toMatchObject([{ tag: '{"city":"Ulm"}' }]);
    expect(JSON.stringify([answer.batches.map(({ rows }) => rows), answer.rejects])).not.toContain(fake);
  });
});

describe('whatever JSON comes', () => {
  const resources = fc.constantFrom(agents, chats, tasks, agentActivities, agentGroups, visitors);

  const total = (answer: Answer) => {
    const own = answer.batches.at(-1);
    return (own?.rows.length ?? 0) + (own?.rejected ?? 0);
  };

  it('it is refused as a document, or each of its records is accounted for', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6, stringUnit: 'binary' }), resources, fc.boolean(), (value, resource, isData) => {
        try {
          const answer = parseAnswer(isData ? { data: value } : value, resource, { clientId: 1 });
          expect(total(answer)).toBe(answer.received);
          for (const { came, rows, rejected } of answer.batches) expect(came).toBe(rows.length + rejected);
        } catch (error) {
          expect(error).toBeInstanceOf(DocumentError);
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it('good records are rows whatever stands beside them', () => {
    const attributes = fc.dictionary(
      fc.constantFrom(
        'client_id',
        'agent_id',
        'agent',
        'visitor',
        'group',
        'is_ended',
        'duration',
        'create_dt',
        'tag',
        'feedback',
        '__proto__',
      ),
      fc.jsonValue({ maxDepth: 3 }),
    );
    const junk = fc.oneof(fc.jsonValue(), fc.record({ type: fc.jsonValue(), id: fc.string(), attributes }, { requiredKeys: [] }));
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 1_000 })), fc.array(junk), fc.infiniteStream(fc.boolean()), (ids, beside, order) => {
        const [good, bad] = [ids.map((id) => chat(id)), [...beside]];
        const data: unknown[] = [];
        while (good.length + bad.length > 0)
          data.push((order.next().value && good.length > 0) || bad.length === 0 ? good.shift() : bad.shift());
        const answer = parseAnswer({ data }, chats, { clientId: 1 });
        expect(rowsOf(answer, chats).map(({ id }) => id)).toEqual(expect.arrayContaining(ids));
        expect(total(answer)).toBeLessThanOrEqual(data.length);
        for (const { came, rows, rejected } of answer.batches) expect(came).toBe(rows.length + rejected);
      }),
      { numRuns: 300 },
    );
  });

  it.each([100, 20_000])('%d levels of nesting cost what nests so deep, an attribute or a record, and not the answer', (levels) => {
    for (const deep of ['['.repeat(levels) + ']'.repeat(levels), `${'{"data":'.repeat(levels)}1${'}'.repeat(levels)}`]) {
      const answer = parseAgents([agent(1), JSON.parse(deep), agent(2, { variables: JSON.parse(deep) })]);
      expect(rowsOf(answer, agents)).toMatchObject([{ id: 1 }, { id: 2 }]);
      expect(reasons(answer)).toEqual([
        [null, null, 'nested deeper than 64 levels'],
        ['2', 'variables', 'nested deeper than 64 levels'],
      ]);
      expect(total(answer)).toBe(3);
    }
  });
});
