import { describe, expect, it } from 'vitest';
import { commentsProse, messagesProse, type Prose, pagesProse, settingsProse } from '../support/prose.ts';

/** What CONTRIBUTING.md decides against. */
const REFUSED: Readonly<Record<string, RegExp>> = {
  'American spelling':
    /\b(behaviors?|honor(s|ed|ing)?|center(s|ed)?|catalogs?|canceled|canceling|labeled|modeled|favor(s|ed|ite)?|gray|fulfill(s|ed)?|neighbors?|defense|licenses? (of|for|is)|(recogn|organ|normal|summar|minim|optim|sanit|pseudonym|serial|initial|special|categor|util|synchron)i[z](e|es|ed|ing|ation)|analy[z](e|ed|es|ing))\b/i,
  '"what came", "what went"': /\bwhat (came|went)\b/i,
  '"is told"': /\b(is|are|was|were|be|been|being) told\b/i,
  '"went": say what happened': /\bwent\b/i,
  '"in the midst", "anew"': /\b(midst|anew)\b/i,
  '"goes on": continues': /\b(goes|went|gone) on\b/i,
  '"kept aside": rejected': /\b(kept|keeps?|keeping) aside\b/i,
  '"stands back": pauses': /\b(stands?|stood) back\b/i,
  '"what became of": the outcome': /\bwhat (became|becomes) of\b/i,
  '"of it" at the end of a sentence': /\bof it[.;:]/i,
  'one person for all: they': /\b(he|she|his|her|hers|him)\b/i,
  'a possessive of a possessive': /\b\p{L}+['’]s \p{L}+['’]s\b/iu,
  'a chain of "of"': /\bof (the |a |an )?\p{L}+ of (the |a |an )?\p{L}+ of\b/iu,
  'a space before %': /\d %(?!\d)/,
};

const found = (texts: readonly Prose[], pattern: RegExp): string[] =>
  texts.filter(({ text }) => pattern.test(text)).map(({ where, text }) => `${where}: ${text}`);

describe('the English that people read', () => {
  const texts = [...pagesProse(), ...commentsProse(), ...messagesProse(), ...settingsProse()];

  it('is found', () => {
    expect(texts.length).toBeGreaterThan(3_000);
  });

  it.each(Object.entries(REFUSED))('has no %s', (_, pattern) => {
    expect(found(texts, pattern)).toEqual([]);
  });
});

describe('a pattern', () => {
  it.each([
    ['American spelling', 'the behavior of a catalog'],
    ['"is told"', 'Whoever is told.'],
    ['"of it" at the end of a sentence', 'as it knows of it.'],
    ['one person for all: they', 'an agent and his chats'],
    ['a possessive of a possessive', "the chat's visitor's name"],
    ['a chain of "of"', 'the end of the day of a sync of chats'],
    ['a space before %', '11 % of the chats'],
  ])('of %s finds %j', (name, text) => {
    expect(found([{ where: 'here', text }], REFUSED[name] ?? /$./).length).toBe(1);
  });
});
