import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { coerce, Unfit } from '../../src/records/coerce.ts';

const INSTANT = 'timestamp with time zone';

describe('instants', () => {
  it.each([
    ['2018-06-20T19:44:50+00:00', '2018-06-20T19:44:50.000Z'],
    ['2018-06-20T19:44:50Z', '2018-06-20T19:44:50.000Z'],
    ['2018-06-20 19:44:50+00:00', '2018-06-20T19:44:50.000Z'],
    ['2018-06-20T19:44:50+0530', '2018-06-20T14:14:50.000Z'],
    ['2018-06-20T19:44:50+02', '2018-06-20T17:44:50.000Z'],
    ['2018-06-20T19:44:50.25-05', '2018-06-21T00:44:50.250Z'],
    ['2018-06-20T19:44:50-03:30', '2018-06-20T23:14:50.000Z'],
    ['2018-06-20T00:30:00+14:00', '2018-06-19T10:30:00.000Z'],
    ['2018-12-31T23:30:00-12:00', '2019-01-01T11:30:00.000Z'],
    ['2018-06-20T19:44:50.5Z', '2018-06-20T19:44:50.500Z'],
    ['2018-06-20T19:44:50.999999+00:00', '2018-06-20T19:44:50.999Z'],
    ['2016-02-29T00:00:00Z', '2016-02-29T00:00:00.000Z'],
    ['2000-02-29T23:59:59Z', '2000-02-29T23:59:59.000Z'],
    ['1969-12-31T23:59:59Z', '1969-12-31T23:59:59.000Z'],
    ['0099-01-01T00:00:00Z', '0099-01-01T00:00:00.000Z'],
    ['9999-12-31T23:59:59Z', '9999-12-31T23:59:59.000Z'],
  ])('%s is %s', (text, expected) => {
    const instant = coerce(text, INSTANT);
    expect(instant instanceof Date && instant.toISOString()).toBe(expected);
  });

  it.each([
    ['2018-06-20T19:44:50', 'no zone'],
    ['2018-06-20', 'no time'],
    ['2018-06-20T19:44Z', 'no seconds'],
    ['01/02/2018', 'one of two days'],
    ['2018-6-20T19:44:50Z', 'a short month'],
    ['now', "PostgreSQL's own words"],
    ['today', "PostgreSQL's own words"],
    ['epoch', "PostgreSQL's own words"],
    ['infinity', "PostgreSQL's own words"],
    ['1529413200', 'seconds as text'],
    [1_529_413_200, 'seconds'],
    [1_529_413_200_000, 'milliseconds'],
    [true, 'no text'],
    [{}, 'no text'],
    ['-0001-11-30T00:00:00+00:00', 'a year before the first'],
    ['12018-06-20T19:44:50Z', 'five digits of year'],
    ['2018-06-20T19:44:50+00:00\n', 'a line end'],
    ['2018-06-20T19:44:50+00:00; drop table', 'something after it'],
    ['2018-06-20T19:44:50 Europe/Berlin', 'a named zone'],
    ['20１8-06-20T19:44:50Z', 'digits of another script'],
  ])('%j is not a time: %s', (value: unknown, _) => {
    expect(coerce(value, INSTANT)).toStrictEqual(new Unfit('not an ISO 8601 time with an offset'));
  });

  it.each([
    '0000-00-00T00:00:00+00:00',
    '0000-01-01T00:00:00+00:00',
    '2018-02-30T00:00:00Z',
    '2018-02-29T00:00:00Z',
    '1900-02-29T00:00:00Z',
    '2018-04-31T00:00:00Z',
    '2018-13-01T00:00:00Z',
    '2018-00-10T00:00:00Z',
    '2018-01-00T00:00:00Z',
    '2018-06-20T24:00:00Z',
    '2018-06-20T23:60:00Z',
    '2018-06-20T23:59:60Z',
    '2018-06-20T12:60:00Z',
    '2018-06-20T12:00:60Z',
    '2018-06-20T19:44:50+16:00',
    '2018-06-20T19:44:50+01:60',
  ])('%s does not exist', (text) => {
    expect(coerce(text, INSTANT)).toStrictEqual(new Unfit('a time that does not exist'));
  });

  it('every moment of the years 1 to 9999 is read back as it was written', () => {
    const moments = fc.date({ min: new Date('0001-01-01T00:00:00Z'), max: new Date('9999-12-31T23:59:59.999Z'), noInvalidDate: true });
    fc.assert(
      fc.property(moments, (moment) => {
        expect(coerce(moment.toISOString(), INSTANT)).toEqual(moment);
      }),
    );
  });
});
