import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BodyError, parseBody, Records } from '../../src/records/body.ts';
import { parseAnswer } from '../../src/records/parse-answer.ts';
import agents from '../../src/resources/agents.ts';
import { agent, rowsOf } from '../support/records.ts';

/** Larger than what is parsed at once. */
const LARGE = 300_000;

/** What a body says, with its records read; undefined when it is no JSON. */
function read(chunks: readonly Uint8Array[]): unknown {
  try {
    const document = parseBody(chunks);
    const data = (document as { data?: unknown } | null)?.data;
    return data instanceof Records ? { data: [...data] } : document;
  } catch (error) {
    expect(error).toBeInstanceOf(BodyError);
    return undefined;
  }
}

function atOnce(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(body));
  } catch {
    return undefined;
  }
}

/** In pieces: the first of the first length, then of the others over and over, or of the first again where there are none. */
function chunksOf(body: Uint8Array, lengths: readonly number[]): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  const [first = 1, ...others] = lengths;
  for (let at = 0; at < body.length; at += chunks.at(-1)?.length ?? 0) {
    const length = (at > 0 && others[chunks.length % others.length]) || first;
    chunks.push(body.subarray(at, at + length));
  }
  return chunks;
}

/** The body of a list that holds these records again and again, until it is large. */
function bodyOf({ records, indent }: { records: readonly unknown[]; indent: number | string }): Buffer {
  const size = JSON.stringify(records).length - 1;
  const data = Array.from({ length: Math.ceil(LARGE / size) }, () => records).flat();
  return Buffer.from(JSON.stringify({ data }, null, indent));
}

const lists = fc.record({
  records: fc.array(fc.jsonValue({ maxDepth: 4, stringUnit: 'binary' }), { minLength: 1, maxLength: 20 }),
  indent: fc.constantFrom(0, 1, '\t'),
});
const lengths = fc.array(fc.integer({ min: 100, max: 100_000 }), { minLength: 1, maxLength: 5 });

describe('a large body', () => {
  it('says what it says when it is parsed at once, however it arrives', () => {
    fc.assert(
      fc.property(lists, lengths, (list, lengths) => {
        const body = bodyOf(list);
        expect((parseBody(chunksOf(body, lengths)) as { data: unknown }).data).toBeInstanceOf(Records);
        expect(read(chunksOf(body, lengths))).toEqual(atOnce(body));
      }),
      { numRuns: 100 },
    );
  });

  it('is no JSON wherever it is cut off', () => {
    fc.assert(
      fc.property(lists, lengths, fc.nat(), (list, lengths, left) => {
        const body = bodyOf(list);
        const rest = body.subarray(0, body.length - 1 - (left % (body.length - 1)));
        expect(read(chunksOf(rest, lengths))).toBeUndefined();
      }),
      { numRuns: 100 },
    );
  });

  it('is JSON with a byte changed or left out when it is at once', () => {
    const bytes = fc.constantFrom(...Buffer.from('{}[],:"\\ 0\u00e9'), 0xff, undefined);
    fc.assert(
      fc.property(lists, lengths, fc.nat(), bytes, (list, lengths, place, byte) => {
        const body = bodyOf(list);
        const at = place % body.length;
        const damaged = Buffer.concat([body.subarray(0, at), Buffer.of(...(byte === undefined ? [] : [byte])), body.subarray(at + 1)]);
        const { data } = (atOnce(damaged) ?? {}) as { data?: unknown };
        expect((read(chunksOf(damaged, lengths)) as { data?: unknown } | undefined)?.data).toEqual(data);
      }),
      { numRuns: 300 },
    );
  });

  it('is read through quotes and backslashes wherever a piece of it ends', () => {
    const body = bodyOf({ records: ['"', '\\', '\\"', '","', { '"}': '\\\\"],' }], indent: 0 });
    for (const lengths of [
      [50, 1],
      [51, 2],
      [50, 3],
      [50, 1, 2, 5],
    ])
      expect(read(chunksOf(body, lengths))).toEqual(atOnce(body));
  });

  const filling = JSON.stringify('x'.repeat(LARGE));

  it.each([
    ['[1,2,] as a list', `{"data":[${filling},]}`],
    ['an element that is missing', `{"data":[${filling},,1]}`],
    ['a list that ends as an object does', `{"data":[${filling}}}`],
    ['something after the document', `{"data":[${filling}]}]`],
    ['a second list of data, which would replace the first', `{"data":[${filling}],"data":[1]}`],
  ])('is refused for %s', (_, body) => {
    expect(read([Buffer.from(body)])).toBeUndefined();
  });

  it('may begin with a byte order mark and end with other members', () => {
    expect(read([Buffer.from(`\uFEFF { "data" : [ ${filling} , 2 ] , "meta": {"total": 2} } `)])).toEqual({ data: ['x'.repeat(LARGE), 2] });
  });

  it('becomes the rows it becomes at once, those of an account that is not known yet too', () => {
    const data = Array.from({ length: 3_000 }, (_, i) => agent(i + 1, { full_name: `Ann ${'ü'.repeat(50)} ${i}` }));
    const body = Buffer.from(JSON.stringify({ data }));
    expect(body.length).toBeGreaterThan(LARGE);
    for (const clientId of [undefined, 1]) {
      const answer = parseAnswer(parseBody(chunksOf(body, [16_384])), agents, { clientId });
      expect(answer).toMatchObject({ received: 3_000, form: undefined, clientId: 1 });
      expect(rowsOf(answer, agents)).toEqual(rowsOf(parseAnswer({ data }, agents, { clientId }), agents));
    }
  });
});

describe('a body', () => {
  it.each(['', ' ', '{', '{"data":[1,2', '{"data":[1]}}', 'null and void'])('%j is none', (body) => {
    expect(read([Buffer.from(body)])).toBeUndefined();
  });

  it('is parsed at once when it is small, or begins with something else than its data', () => {
    for (const document of [{ data: [1] }, [1], { meta: 'x'.repeat(LARGE), data: [1] }])
      expect(parseBody(chunksOf(Buffer.from(JSON.stringify(document)), [1_000]))).toEqual(document);
  });

  it('is quoted by no error', () => {
    for (const body of ['{"secret', `{"data":["${'secret'.repeat(LARGE)}`]) {
      const document = () => [...(parseBody([Buffer.from(body)]) as { data: Iterable<unknown> }).data];
      expect(document).toThrow(
        /^\d+ bytes that are not JSON, or not completely: at byte \d+ is its end, which is too early: it is truncated$/,
      );
    }
  });
});
