import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
const textOf = (file: string): string => readFileSync(join(root, file), 'utf8');

const docs = readdirSync(join(root, 'docs'))
  .filter((name) => name.endsWith('.md'))
  .map((name) => `docs/${name}`);
const pages = ['README.md', 'CHANGELOG.md', 'CONTRIBUTING.md', 'SECURITY.md', 'bi/README.md', ...docs];

const withoutFences = (text: string): string => text.replace(/^```[\s\S]*?^```/gm, '');

/** Links of a page that lead into this repository: the file, relative to the root, and the part of it. */
const linksOf = (page: string): { target: string; file: string; anchor: string }[] =>
  [
    ...withoutFences(textOf(page))
      .replace(/`[^`\n]*`/g, '')
      .matchAll(/\]\(([^)\s]+)\)/g),
  ]
    .map(([, target = '']) => target)
    .filter((target) => !/^[a-z]+:/.test(target))
    .map((target) => {
      const [path = '', anchor = ''] = target.split('#');
      return { target, file: path === '' ? page : relative(root, join(root, dirname(page), path)), anchor };
    });

/** What the headings of a page are called in links, as GitHub makes them. */
const anchorsOf = (page: string): Set<string> => {
  const anchors = new Set<string>();
  for (const [, heading = ''] of withoutFences(textOf(page)).matchAll(/^#{1,6} (.+)$/gm)) {
    const slug = heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replaceAll(' ', '-');
    let anchor = slug;
    for (let again = 1; anchors.has(anchor); again++) anchor = `${slug}-${again}`;
    anchors.add(anchor);
  }
  return anchors;
};

/** The cells of the lines of all tables below a heading, without those that name the columns. */
const rowsOf = (page: string, heading: string): string[][] => {
  const [, part = ''] = textOf(page).split(`\n## ${heading}\n`);
  const lines = (part.split('\n## ')[0] ?? '').split('\n').filter((line) => line.startsWith('| '));
  return lines.slice(1).map((line) => line.split(' | ').map((cell) => cell.replace(/^\| | \|$/g, '')));
};

describe('the pages that people read', () => {
  it.each(pages)('%s has links that lead somewhere', (page) => {
    const dead = linksOf(page).filter(
      ({ file, anchor }) => !existsSync(join(root, file)) || (anchor !== '' && !(file.endsWith('.md') && anchorsOf(file).has(anchor))),
    );
    expect(dead.map(({ target }) => target)).toEqual([]);
  });

  it('of docs/ are all reached from README.md', () => {
    const reached = new Set(['README.md']);
    for (const page of reached)
      if (page.endsWith('.md') && existsSync(join(root, page))) for (const { file } of linksOf(page)) reached.add(file);
    expect(docs.length).toBeGreaterThan(10);
    expect(docs.filter((page) => !reached.has(page))).toEqual([]);
  });

  it.each(docs)('%s says in its first line whom it is for', (page) => {
    const lines = textOf(page)
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('<!--'));
    expect(lines[0]).toMatch(/^# /);
    expect(lines[1]).toMatch(/^For /);
  });

  it('begin with a README.md that can be read in one sitting', () => {
    expect(textOf('README.md').split(/\s+/).length).toBeLessThan(1_000);
  });
});

describe('the commands', () => {
  /** What src/main.ts declares: each command, and its options. */
  const declared = textOf('src/main.ts')
    .split(/\.command\('/)
    .slice(1)
    .map((text) => ({
      name: text.slice(0, text.indexOf("'")),
      options: [...text.matchAll(/ption\('(--[\w-]+)|addOption\((\w+)\(\)\)/g)].map(
        ([, option, shared = '']) => option ?? `--${shared.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`,
      ),
    }));

  it('are all in the table of README.md, with all their options', () => {
    const shown = rowsOf('README.md', 'Commands').map(([cell = '']) => {
      const [name = '', ...options] = cell.match(/[a-z]+(?=[ `])|--[a-z-]+/g) ?? [];
      return { name, options: options.filter((option) => option.startsWith('--')).sort() };
    });
    const byName = (a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : 1);
    expect(shown.toSorted(byName)).toEqual(declared.map(({ name, options }) => ({ name, options: options.toSorted() })).toSorted(byName));
  });
});

describe('docs/dependencies.md', () => {
  const { dependencies, optionalDependencies, devDependencies, overrides } = JSON.parse(textOf('package.json')) as Record<
    'dependencies' | 'optionalDependencies' | 'devDependencies' | 'overrides',
    Record<string, string>
  >;
  const namesIn = (heading: string) => rowsOf('docs/dependencies.md', heading).flatMap(([cell = '']) => cell.split(', '));

  it('has each package that package.json asks for, where it belongs, and no others', () => {
    expect(namesIn('What runs').sort()).toEqual(Object.keys({ ...dependencies, ...optionalDependencies }).sort());
    expect(namesIn('What builds and tests').sort()).toEqual(Object.keys(devDependencies).sort());
  });

  it('says of what is held back the version that is installed', () => {
    const installed: Record<string, string> = { ...dependencies, ...devDependencies, ...overrides };
    const held = rowsOf('docs/dependencies.md', 'Held back for Node 20');
    expect(held.length).toBeGreaterThan(0);
    for (const [name = '', version = ''] of held) expect(`${installed[name]}`.startsWith(`${version}.`), `${name} ${version}`).toBe(true);
    expect(held.map(([name]) => name)).toEqual(expect.arrayContaining(Object.keys(overrides)));
  });
});

describe('docs/troubleshooting.md', () => {
  const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => textOf(`src/${file}`))
    .join('\n');
  const messages = [...textOf('docs/troubleshooting.md').matchAll(/^\| `([^`]+)`/gm)].map(([, message = '']) => message);

  it('quotes messages that the program has', () => {
    expect(messages.length).toBeGreaterThan(30);
    const parts = messages.flatMap((message) => message.split('…')).filter((part) => part.trim().length > 1);
    expect(parts.filter((part) => !sources.includes(part))).toEqual([]);
  });
});
