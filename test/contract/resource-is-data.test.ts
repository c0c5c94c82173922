import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { getTableName } from 'drizzle-orm';
import { describe, expect, it } from 'vitest';
import { resources } from '../../src/resources/index.ts';
import { RESOURCE_NAMES } from '../../src/resources/resource-names.ts';

/*
 * A resource is data: what the program does with it is what its declaration says. A file that names one knows more than that, and is here
 * with the reason.
 */
const KNOWING: Readonly<Record<string, readonly string[]>> = {
  // What is asked for by agent, or by chat, depends on what an agent or a chat says of itself, and asks for a visitor by user name.
  'runs/known-agents.store.ts': ['chatrhub.agents'],
  'evidence/chat-fetches.store.ts': ['chatrhub.chats'],
  'evidence/visitor-fetches.store.ts': ['chatrhub.chats', 'chatrhub_private.visitor_contacts'],
  'evidence/wanted-chats.store.ts': ['chatrhub.chats', 'chatrhub_private.visitor_contacts'],
  // The one request of doctor is for a short list that every account has.
  'cli/doctor-command.ts': ['resources/groups.ts'],
  // Units by which analytics computes its views again: its own words, which its files and the migration share.
  'records/view.ts': ["'chats'", "'tasks'"],
};

/** Rooms that say what resources are, or what analysts are shown of them, and the invented account, which knows nothing of ours. */
const ABOUT_RESOURCES = /^(resources|analytics|pages\/report|simulator)\//;

const source = fileURLToPath(new URL('../../src/', import.meta.url));
const files = readdirSync(source, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts') && !ABOUT_RESOURCES.test(file))
  .sort();
const names = [...new Set(resources.flatMap(({ name, type }) => [name, type]))];
const tables = resources.flatMap((resource) => resource.tables.map(({ table }) => getTableName(table)));

/** What a text names of resources, besides in comments: by a literal, a table in SQL, or an import of one of them. */
function named(source: string): string[] {
  const text = source.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');
  const literals = [...text.matchAll(new RegExp(`(['"\`])(?:${names.join('|')})\\1`, 'g'))].map(([literal]) => literal);
  const sql = [...text.matchAll(new RegExp(`\\bchatrhub(?:_private)?\\.(?:${tables.join('|')})\\b`, 'g'))].map(([table]) => table);
  const imports = [...text.matchAll(/'(?:\.\.?\/)+(resources\/(?!index\.|resource-names\.)[\w-]+\.ts)'/g)].map(([, file = '']) => file);
  return [...new Set([...literals, ...sql, ...imports])].sort();
}

describe('the engine', () => {
  it('names no resource, save where the reason is here', () => {
    const knowing = files.map((file) => [file, named(readFileSync(`${source}${file}`, 'utf8'))] as const);
    expect(knowing.length).toBeGreaterThan(150);
    expect(Object.fromEntries(knowing.filter(([, found]) => found.length > 0))).toEqual(KNOWING);
  });

  it('tells no meaning of a column from its name', () => {
    const everywhere = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
    const tells = /\/\w*\.(?:test|exec)\((?:column|attribute)\b/;
    expect(everywhere.filter((file) => tells.test(readFileSync(`${source}${file}`, 'utf8')))).toEqual([]);
  });

  it.each([
    ["if (resource.type === 'chats') restore();", ["'chats'"]],
    ['where resource = "q_tasks"', ['"q_tasks"']],
    ['select from chatrhub.chats c join chatrhub_private.visitor_contacts', ['chatrhub.chats', 'chatrhub_private.visitor_contacts']],
    ["import chats from '../../resources/chats.ts';", ['resources/chats.ts']],
    ["import { resources } from '../resources/index.ts';\n  // of 'chats'\n/* and `agents` */", []],
    ["import { intents } from '../resources/tables/intents.ts';", []],
  ])('%s names %j', (text, expected) => {
    expect(named(text)).toEqual(expected);
  });
});

it('the command line knows the resources by their names', () => {
  expect(RESOURCE_NAMES).toEqual(resources.map(({ name }) => name).sort());
});

it.each(resources.map(({ name }) => [name]))('%s is declared in the file of its name', (name) => {
  const file = new URL(`../../src/resources/${name.replaceAll('_', '-')}.ts`, import.meta.url);
  expect(readFileSync(file, 'utf8')).toContain(`name: '${name}'`);
});

it('nothing but the declarations, their index and their names lies beside them', () => {
  const beside = readdirSync(`${source}resources`).filter(
    (file) => file.endsWith('.ts') && !['index.ts', 'resource-names.ts'].includes(file),
  );
  expect(beside.map((file) => file.replace('.ts', '').replaceAll('-', '_')).sort()).toEqual(resources.map(({ name }) => name).sort());
});

it('one resource has a report: what it says is told by day, and of which resource, nobody is told', () => {
  expect(resources.filter(({ report }) => report).map(({ name }) => name)).toEqual(['chats']);
});
