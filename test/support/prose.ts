import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseSync } from 'oxc-parser';
import { EVENTS } from '../../src/events.ts';
import { findMessages } from './messages.ts';

/** A piece of text that people read, and where it stands. */
export type Prose = { where: string; text: string };

const root = fileURLToPath(new URL('../../', import.meta.url));
const textOf = (file: string): string => readFileSync(root + file, 'utf8');
const namesIn = (folder: string): string[] => readdirSync(root + folder, { recursive: true, encoding: 'utf8' });

/** The pages of this repository, by path. */
const PAGES: readonly string[] = [
  ...['README.md', 'CHANGELOG.md', 'CONTRIBUTING.md', 'SECURITY.md', 'bi/README.md'],
  ...namesIn('docs')
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
  ...namesIn('src')
    .filter((name) => name.endsWith('README.md'))
    .map((name) => `src/${name}`),
];

/** Pages without code, as paragraphs, items and cells. */
export const pagesProse = (pages: readonly string[] = PAGES): Prose[] =>
  pages.flatMap((page) =>
    textOf(page)
      .replace(/^```[\s\S]*?^```/gm, '')
      .replace(/<!--[\s\S]*?-->/g, '')
      .replace(/`[^`\n]*`/g, 'CODE')
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .split(/\n\s*\n|\n(?=\s*(?:[-|#]|\d+\.) ?)|\s\|\s/)
      .map((text) => ({ where: page, text: text.replace(/\s+/g, ' ').trim() }))
      .filter(({ text }) => text !== ''),
  );

/** The comments of the program, docstrings included. */
export const commentsProse = (): Prose[] =>
  namesIn('src')
    .filter((name) => name.endsWith('.ts'))
    .flatMap((file) => {
      const source = textOf(`src/${file}`);
      return parseSync(file, source).comments.map(({ start, value }) => ({
        where: `src/${file}:${source.slice(0, start).split('\n').length}`,
        text: value.replace(/\n\s*\*? ?/g, ' ').replace(/`[^`]*`/g, 'CODE'),
      }));
    });

/** What the program says, also in its log. */
export const messagesProse = (): Prose[] => [
  ...findMessages().map(({ room, text }) => ({ where: `src/${room}`, text })),
  ...Object.entries(EVENTS).map(([name, { message }]) => ({ where: `event ${name}`, text: message })),
];

/** The example of settings. */
export const settingsProse = (): Prose[] =>
  textOf('.env.example')
    .split('\n')
    .filter((line) => line.startsWith('# '))
    .map((text) => ({ where: '.env.example', text }));
