import { describe, expect, it } from 'vitest';
import { parseBusinessHours } from '../../src/time/business-hours.ts';

const spelled = (text: string) =>
  parseBusinessHours(text)?.map(({ dayOfWeek, opensMinute, closesMinute }) => `${dayOfWeek} ${opensMinute}-${closesMinute}`);

describe('business hours', () => {
  it.each([
    ['Mon-Fri 09:00-17:00, Sat 10:00-14:00', ['1 540-1020', '2 540-1020', '3 540-1020', '4 540-1020', '5 540-1020', '6 600-840']],
    ['sat-mon 08:30-12:00', ['6 510-720', '7 510-720', '1 510-720']],
    ['Fri 22:00-02:00', ['5 1320-1560']],
    ['Mon 00:00-24:00', ['1 0-1440']],
    ['Mon 09:00-12:00,Mon 13:00-17:00', ['1 540-720', '1 780-1020']],
    ['Mon 09:00-12:00, Mon 12:00-13:00', ['1 540-720', '1 720-780']],
    ['Mon 09:00-09:00', ['1 540-1980']],
  ])('%s are %j', (text, hours) => {
    expect(spelled(text)).toEqual(hours);
  });

  it.each([
    '',
    'always',
    'Mon',
    '09:00-17:00',
    'Mon-Fri 9-17',
    'Mon-Fri 09:00-24:01',
    'Mon 24:00-01:00',
    'Mon 09:60-10:00',
    'Montag 09:00-17:00',
    'Mon 09:00-17:00,',
    'Mon 09:00-17:00; Tue 09:00-17:00',
    'Mon 09:00-17:00, Mon-Tue 16:00-18:00',
    'Sun 22:00-02:00, Mon 01:00-05:00',
    'Mon-Sun 09:00-10:00, Sat 09:30-11:00',
  ])('%j are refused', (text) => {
    expect(parseBusinessHours(text)).toBeUndefined();
  });
});
