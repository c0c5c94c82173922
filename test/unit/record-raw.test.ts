import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AttributeSets, SHORT } from '../../src/records/attribute-sets.ts';
import { parseAnswer } from '../../src/records/parse-answer.ts';
import type { Privacy } from '../../src/records/pseudonyms.ts';
import { fieldsOf, isOurs, type Resource, type Row } from '../../src/records/resource.ts';
import { resources } from '../../src/resources/index.ts';
import messages from '../../src/resources/messages.ts';
import visitors from '../../src/resources/visitors.ts';

import { record } from '../support/records.ts';

const MODES: readonly Privacy[] = [{ mode: 'keep' }, { mode: 'hash', key: 'a key of the tests' }, { mode: 'drop' }];

/** Attributes as they were before they were packed. */
function repacked(attributes: Row): Row {
  const sets = new AttributeSets();
  const { set, values } = sets.pack(attributes);
  const lines = SHORT.reduceRight((text, [long, short]) => text.replaceAll(short, long), values).split('\n');
  return JSON.parse((sets.templates[set] ?? '').replace(/%[%s]/g, (place) => (place === '%%' ? '%' : lines.shift() || 'null'))) as Row;
}

/** The rows of an answer, and those that its versions give again. */
function bothWays(data: unknown[], resource: Resource, privacy: Privacy) {
  const own = parseAnswer({ data }, resource, { clientId: 1, privacy }).batches.at(-1);
  const stored = (own?.raw ?? []).map((raw) => ({ type: resource.type, attributes: repacked(raw) }));
  const { batches, rejects } = parseAnswer(stored, resource, { clientId: 1, isStored: true });
  return { rows: own?.rows, raw: own?.raw, again: batches.at(-1)?.rows, rejects };
}

describe('the attributes of a record as they are kept', () => {
  it('give the same row again, in every PII_MODE, whatever they are', () => {
    const value = fc.oneof(
      fc.constantFrom('', null, 1, '61', 61.4, true, '0', '2018-06-19T13:00:00+00:00', '[""]', '{"a":1}', 'https://a.example/x', 2 ** 64),
      fc.jsonValue({ maxDepth: 2, stringUnit: 'binary' }),
    );
    const some = fc.constantFrom(...resources.filter(({ keepsVersions }) => keepsVersions !== false)).chain((resource) => {
      const names = fieldsOf(resource).flatMap(({ key, isKey }) => (isKey ? [] : [key]));
      return fc.tuple(fc.constant(resource), fc.dictionary(fc.oneof(fc.constantFrom(...names), fc.string()), value));
    });
    fc.assert(
      fc.property(some, fc.constantFrom(...MODES), ([resource, attributes], privacy) => {
        const keys = { id: 5, ...(resource.name === 'agent_groups' ? { agent_id: 4, group_id: 7 } : {}) };
        const { rows, again } = bothWays([{ attributes: { ...attributes, client_id: 1, ...keys } }], resource, privacy);
        expect(again).toEqual(rows);
      }),
      { numRuns: 3_000 },
    );
  });

  it.each(MODES)('give the same computed columns again: $mode', (privacy) => {
    const attributes = { email: 'ann@example.org', phone: '', ip_address: '10.0.0.1', referrer_url: 'https://www.example.org/?ann' };
    const visitor = bothWays([record('visitors', 7, attributes)], visitors, privacy);
    expect(visitor.again).toMatchObject([{ hasEmail: true, hasPhone: false, visitorChannel: 'web', referrerHost: 'www.example.org' }]);
    const message = bothWays([record('messages', 5, { body: ' Grüße 👋 ' })], messages, privacy);
    expect(message.again).toMatchObject([{ bodyLength: 7 }]);
    const isHidden = privacy.mode !== 'keep';
    expect(Object.keys(message.raw?.[0] ?? {}).some(isOurs)).toBe(isHidden);
  });

  it('keep the source out of columns that are ours', () => {
    for (const privacy of MODES) {
      const { raw, again } = bothWays([record('visitors', 7, { hasEmail: true, referrerHost: 'sly' })], visitors, privacy);
      expect([raw, again]).toEqual([[{ id: 7, client_id: 1 }], [{ id: 7, client_id: 1 }]]);
    }
  });

  it('say nothing where a number is none that JSON could hold', () => {
    const data = JSON.parse('[{"id":7,"attributes":{"client_id":1,"group_id":1e999,"city":"Bonn"}}]');
    expect(repacked(bothWays(data, visitors, { mode: 'keep' }).raw?.[0] ?? {})).toEqual({ id: 7, client_id: 1, city: 'Bonn' });
  });
});
