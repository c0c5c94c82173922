import { describe, expect, it } from 'vitest';
import { parseAnswer } from '../../src/records/parse-answer.ts';
import agents from '../../src/resources/agents.ts';
import messages from '../../src/resources/messages.ts';
import visitors from '../../src/resources/visitors.ts';

const ATTRIBUTES = { client_id: 77, full_name: 'Grace Hopper', is_bot: false, create_dt: '2018-06-12T00:00:00+00:00' };
const answerOf = (attributes: object, resource = agents) => parseAnswer({ data: [{ id: 4, type: resource.type, attributes }] }, resource);
const spelt = (spell: (name: string) => string) =>
  Object.fromEntries(Object.entries(ATTRIBUTES).map(([name, value]) => [spell(name), value]));

describe('the attributes of a record', () => {
  it.each<[string, (name: string) => string]>([
    ['createDt', (name) => name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())],
    ['create-dt', (name) => name.replaceAll('_', '-')],
    ['CREATE_DT', (name) => name.toUpperCase()],
    ['createdt', (name) => name.replaceAll('_', '')],
  ])('are read when they are spelled as %s, in the account that they name', (_, spell) => {
    const { batches, clientId } = answerOf(spelt(spell));
    expect({ clientId, ...batches[0] }).toMatchObject({ ...answerOf(ATTRIBUTES).batches[0], clientId: 77 });
  });

  it('stay as they are beside one of the documented name', () => {
    expect(answerOf({ ...ATTRIBUTES, fullName: 'Another' }).batches[0]).toMatchObject({
      rows: [{ full_name: 'Grace Hopper' }],
      raw: [{ fullName: 'Another' }],
    });
  });

  it('are no columns of ours, however they are spelled', () => {
    const [batch] = answerOf({ has_email: true, hasPhone: true, country: 'DE' }, visitors).batches;
    expect(batch?.rows[0]).not.toHaveProperty('hasEmail', true);
    expect(batch?.rows[0]).not.toHaveProperty('hasPhone', true);
  });

  it.each<[string, Record<string, unknown>]>([
    ['is documented', spelt((name) => `x_${name}`)],
    ['has a value', { ...ATTRIBUTES, full_name: '', is_bot: null, create_dt: null }],
    ['has a value that fits', { ...ATTRIBUTES, full_name: { value: 'Grace' }, is_bot: ['no'], create_dt: 'today' }],
  ])('make no record where several came and none %s', (_, attributes) => {
    expect(answerOf(attributes)).toMatchObject({
      batches: [{ rows: [], rejected: 1 }],
      rejects: [{ recordKey: '4', attribute: null, reason: 'has no attribute that can be read' }],
    });
  });

  it('make a record where a single one has a value', () => {
    expect(answerOf({ full_name: null, is_bot: false, create_dt: null }).batches[0]).toMatchObject({
      rows: [{ is_bot: false }],
      rejected: 0,
    });
  });
});

describe('records with one id', () => {
  const twice = (change: object) =>
    parseAnswer({ data: [{}, change].map((more) => ({ id: 4, type: 'agents', attributes: { ...ATTRIBUTES, ...more } })) }, agents);

  it('that were created at other times are not the same: the second one is rejected', () => {
    expect(twice({ create_dt: '2018-06-13T00:00:00+00:00', full_name: 'Another' })).toMatchObject({
      batches: [{ rows: [{ full_name: 'Grace Hopper' }], rejected: 1, came: 2 }],
      rejects: [{ recordKey: '4', reason: 'has the id of another record of the answer' }],
    });
  });

  it.each([
    ['of other chats', [{ chat_id: 1 }, { chat_id: 2 }], 1],
    ['of one chat', [{ chat_id: 1 }, { chat_id: 1 }], 0],
    ['one of which does not say its chat', [{ chat_id: 1 }, {}], 0],
  ])('are told apart by what no record changes, where nothing says when they were made: messages %s', (_, chats, rejected) => {
    const data = chats.map((chat) => ({ id: 4, type: 'messages', attributes: { body: 'Hello', ...chat } }));
    expect(parseAnswer({ data }, messages).batches.at(-1)).toMatchObject({ rejected });
  });

  it('are versions of one where they come from the warehouse', () => {
    const attributes = { ...ATTRIBUTES, create_dt: '2018-06-13T00:00:00+00:00' };
    const data = [ATTRIBUTES, attributes].map((each) => ({ id: 4, type: 'agents', attributes: each }));
    expect(parseAnswer({ data }, agents, { clientId: 77, isStored: true })).toMatchObject({ batches: [{ rejected: 0 }], rejects: [] });
  });

  it.each([{ full_name: 'Grace B. Hopper' }, { create_dt: null }])('are one that comes twice otherwise: %j', (change) => {
    expect(twice(change)).toMatchObject({ batches: [{ rejected: 0, came: 1 }], rejects: [] });
  });
});
