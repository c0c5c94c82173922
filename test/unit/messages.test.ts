import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { EVENTS, logEvent } from '../../src/events.ts';
import { fillIn } from '../support/doc-pages.ts';
import { eventsPart, findMessages, messagesPage } from '../support/messages.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const textOf = (file: string): string => readFileSync(`${root}${file}`, 'utf8');
const sources = readdirSync(`${root}src`, { recursive: true, encoding: 'utf8' }).filter(
  (file) => file.endsWith('.ts') && file !== 'events.ts',
);

describe('the messages of the program', () => {
  it('are all in docs/messages.md; `npm run docs` writes it', async () => {
    const messages = findMessages();
    expect(messages.length).toBeGreaterThan(400);
    await expect(messagesPage(messages)).toMatchFileSnapshot('../../docs/messages.md');
  });

  it('that are logged are named in docs/operations.md', async () => {
    await expect(fillIn(textOf('docs/operations.md'), 'events', eventsPart())).toMatchFileSnapshot('../../docs/operations.md');
  });
});

describe('the log', () => {
  it('has no lines but those of events, whose messages are constant', () => {
    expect(sources.filter((file) => /logger\??\.(trace|debug|info|warn|error|fatal)\b/.test(textOf(`src/${file}`)))).toEqual([]);
  });

  it('has no event that never happens', () => {
    const all = sources.map((file) => textOf(`src/${file}`)).join('\n');
    expect(Object.keys(EVENTS).filter((name) => !all.includes(`'${name}'`))).toEqual([]);
  });

  it('has the name of the event, its level and its message in each line, with the fields', () => {
    const lines: unknown[] = [];
    const at = (level: string) => (fields: object, message: string) => void lines.push([level, fields, message]);
    logEvent({ debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }, 'slot_due', { missed: 2 });
    expect(lines).toEqual([['info', { event: 'slot_due', missed: 2 }, EVENTS.slot_due.message]]);
  });
});
