import { execFile } from 'node:child_process';
import { cp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { type AnyNode, type CallExpression, type ObjectExpression, type Pattern, parse, type VariableDeclaration } from 'acorn';

/*
 * Every statement of the program, found in its source and evaluated where it stands: the program is built with an `eval` at the end of each
 * file, which sees what the file sees. What a statement is made of besides, such as the parameters of its function, is taken from samples.
 */

const root = fileURLToPath(new URL('../../', import.meta.url));
const cache = join(root, 'node_modules/.cache/statements');

/** What stands for parameters, and for what was read before, by name; several for each file. */
type Choice = Readonly<Record<string, unknown>>;
export type Samples = Readonly<Record<string, readonly Choice[]>>;

/** One call of `query`: its texts, one for each sample that it can be made of, or why there is none; `row`: the type that its rows are said to have. */
export type Statement = { file: string; line: number; texts: string[]; problem?: string; row?: string };

/** Finds all calls of `query` below `src`. `only`: tells by the path whether a file is looked at. */
export async function findStatements(samples: Samples, only: (file: string) => boolean): Promise<Statement[]> {
  await rm(cache, { recursive: true, force: true });
  await cp(join(root, 'src'), join(cache, 'src'), { recursive: true });
  await writeFile(join(cache, 'package.json'), '{"type": "module"}');
  const files = (await readdir(join(cache, 'src'), { recursive: true })).filter((file) => file.endsWith('.ts')).sort();
  const rows = new Map<string, Asserted[]>();
  for (const file of files) {
    const text = await readFile(join(cache, 'src', file), 'utf8');
    const asserted = rowTypesOf(text);
    rows.set(file, asserted);
    const types = asserted.map(({ type }, i) => (type === undefined ? '' : `export type Row__${i} = ${type};\n`)).join('');
    await writeFile(join(cache, 'src', file), `${text}\n${types}export const evaluate__ = (code: string): unknown => eval(code);\n`);
  }
  await compile({ noEmit: false, noCheck: true, rootDir: 'src', outDir: 'dist', sourceMap: false }, ['src']);
  const found: Statement[] = [];
  for (const file of files.filter(only)) {
    const path = join(cache, 'dist', file.replace(/\.ts$/, '.js'));
    const text = await readFile(path, 'utf8');
    const calls = callsIn(text);
    const asserted = rows.get(file) ?? [];
    if (calls.length !== asserted.length)
      throw new Error(`${file} has ${calls.length} calls of query, and ${asserted.length} were found by their text`);
    if (calls.length === 0) continue;
    const { evaluate__ } = (await import(pathToFileURL(path).href)) as { evaluate__(code: string): unknown };
    for (const [i, call] of calls.entries())
      found.push({
        file,
        line: asserted[i]?.line ?? 0,
        ...evaluate(call, text, samples[file] ?? [], evaluate__),
        ...(asserted[i]?.type && { row: `Row__${i}` }),
      });
  }
  return found;
}

/** What the compiler says of a text that stands beside the copied `src`. */
export async function checkTypes(text: string): Promise<string> {
  await writeFile(join(cache, 'checks.ts'), text);
  return compile({ noEmit: true }, ['checks.ts']);
}

async function compile(options: object, include: string[]): Promise<string> {
  const compilerOptions = { ...options, noUnusedLocals: false, incremental: false };
  await writeFile(join(cache, 'tsconfig.json'), JSON.stringify({ extends: join(root, 'tsconfig.json'), compilerOptions, include }));
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  return promisify(execFile)(process.execPath, [tsc, '-p', cache, '--pretty', 'false'], { cwd: cache }).then(
    () => '',
    (error: { stdout?: string }) => {
      const said = error.stdout ?? String(error);
      if (options && 'outDir' in options) throw new Error(said);
      return said;
    },
  );
}

type Asserted = { line: number; type: string | undefined };

/** The type that each call of `query` gives its rows, in the order of the calls; undefined where it gives none. */
function rowTypesOf(source: string): Asserted[] {
  const text = source.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, (comment) => comment.replace(/[^\n]/g, ' '));
  return [...text.matchAll(/\.query(?=[<(])/g)].map(({ index, 0: { length } }) => {
    const from = index + length;
    const line = text.slice(0, index).split('\n').length;
    if (text[from] !== '<') return { line, type: undefined };
    let depth = 0;
    for (let at = from; at < text.length; at += 1) {
      if (text[at] === '<') depth += 1;
      if (text[at] === '>' && text[at - 1] !== '=') depth -= 1;
      if (depth === 0) return { line, type: text.slice(from + 1, at) };
    }
    return { line, type: undefined };
  });
}

type Found = { call: CallExpression; around: AnyNode[] };

const childrenOf = (node: AnyNode): AnyNode[] =>
  Object.values(node)
    .flat()
    .filter((value): value is AnyNode => typeof value === 'object' && value !== null && typeof (value as AnyNode).type === 'string');

function callsIn(text: string): Found[] {
  const found: Found[] = [];
  const visit = (node: AnyNode, around: AnyNode[]): void => {
    const isCall = node.type === 'CallExpression' && node.callee.type === 'MemberExpression' && node.callee.property.type === 'Identifier';
    if (
      isCall &&
      node.callee.type === 'MemberExpression' &&
      node.callee.property.type === 'Identifier' &&
      node.callee.property.name === 'query'
    )
      found.push({ call: node, around });
    for (const child of childrenOf(node)) visit(child, [...around, node]);
  };
  visit(parse(text, { ecmaVersion: 'latest', sourceType: 'module' }), []);
  return found.sort((a, b) => (a.call.callee.end < b.call.callee.end ? -1 : 1));
}

/** The names that a pattern binds. */
function boundBy(pattern: Pattern | AnyNode): string[] {
  if (pattern.type === 'Identifier') return [pattern.name];
  if (pattern.type === 'AssignmentPattern') return boundBy(pattern.left);
  if (pattern.type === 'RestElement') return boundBy(pattern.argument);
  if (pattern.type === 'ArrayPattern') return pattern.elements.flatMap((element) => (element ? boundBy(element) : []));
  if (pattern.type === 'ObjectPattern')
    return pattern.properties.flatMap((part) => boundBy(part.type === 'Property' ? part.value : part.argument));
  return [];
}

const isFunction = (node: AnyNode) => 'params' in node && Array.isArray(node.params);
const paramsOf = (node: AnyNode): string[] => (isFunction(node) ? (node as { params: Pattern[] }).params.flatMap(boundBy) : []);

/** The names that an expression uses and does not bind itself. */
function usedBy(node: AnyNode): Set<string> {
  const [used, bound] = [new Set<string>(), new Set<string>()];
  const visit = (at: AnyNode): void => {
    if (at.type === 'Identifier') used.add(at.name);
    for (const name of paramsOf(at)) bound.add(name);
    if (at.type === 'VariableDeclarator') for (const name of boundBy(at.id)) bound.add(name);
    const isNamed = (at.type === 'MemberExpression' || at.type === 'Property') && !at.computed;
    for (const child of childrenOf(at))
      if (!(isNamed && child === (at.type === 'MemberExpression' ? at.property : at.key) && at.type === 'MemberExpression')) visit(child);
    if (at.type === 'Property' && !at.computed && !at.shorthand && at.key.type === 'Identifier' && at.value.type !== 'Identifier')
      used.delete(at.key.name);
  };
  visit(node);
  for (const name of bound) used.delete(name);
  return used;
}

const awaits = (node: AnyNode): boolean => node.type === 'AwaitExpression' || (!isFunction(node) && childrenOf(node).some(awaits));

type Local = { declaration: VariableDeclaration | undefined };

/** What is declared around a call, inside the functions that it is in: by name, with its declaration where that can be evaluated. */
function localsAround(around: readonly AnyNode[]): Map<string, Local> {
  const locals = new Map<string, Local>();
  const inside = around.slice(around.findIndex(isFunction));
  if (!around.some(isFunction)) return locals;
  for (const node of inside) {
    for (const name of paramsOf(node)) locals.set(name, { declaration: undefined });
    if (node.type === 'ForOfStatement' && node.left.type === 'VariableDeclaration')
      for (const { id } of node.left.declarations) for (const name of boundBy(id)) locals.set(name, { declaration: undefined });
    const body = node.type === 'BlockStatement' ? node.body : [];
    for (const statement of body)
      if (statement.type === 'VariableDeclaration')
        for (const { id, init } of statement.declarations)
          for (const name of boundBy(id)) locals.set(name, { declaration: init && !awaits(init) ? statement : undefined });
  }
  return locals;
}

/** What a member of an object in the source is. */
const memberOf = ({ properties }: ObjectExpression, name: string): AnyNode | undefined =>
  properties.flatMap((part) =>
    part.type === 'Property' && part.key.type === 'Identifier' && part.key.name === name ? [part.value] : [],
  )[0];

function evaluate(
  { call, around }: Found,
  text: string,
  samples: readonly Choice[],
  evaluateIn: (code: string) => unknown,
): Pick<Statement, 'texts' | 'problem'> {
  const [given] = call.arguments;
  const argument = given?.type === 'ObjectExpression' ? memberOf(given, 'text') : given;
  if (!argument) return { texts: [], problem: 'has no text' };
  const locals = localsAround(around);
  const [declarations, sampled] = [new Set<VariableDeclaration>(), new Set<string>()];
  const need = (node: AnyNode): void => {
    for (const name of usedBy(node)) {
      const local = locals.get(name);
      if (local && !local.declaration) sampled.add(name);
      if (!local?.declaration || declarations.has(local.declaration)) continue;
      declarations.add(local.declaration);
      need(local.declaration);
    }
  };
  need(argument);
  const before = [...declarations].sort((a, b) => a.start - b.start).map(({ start, end }) => text.slice(start, end));
  const code = `(({ ${[...sampled].join(', ')} }) => { ${before.join('\n')} return (${text.slice(argument.start, argument.end)}); })`;
  const build = evaluateIn(code) as (choice: Choice) => unknown;
  const fitting = sampled.size === 0 ? [{}] : samples.filter((choice) => [...sampled].every((name) => Object.hasOwn(choice, name)));
  if (fitting.length === 0) return { texts: [], problem: [...sampled].sort().join(', ') };
  const problems = new Set<string>();
  const texts = fitting.flatMap((choice) => {
    try {
      const built = String(build(choice));
      // What the program looks at before: it does not make a statement of something that is not there.
      return /\bundefined\b/.test(built) ? [] : [built];
    } catch (error) {
      problems.add(String(error));
      return [];
    }
  });
  return texts.length > 0 ? { texts: [...new Set(texts)] } : { texts, problem: [...problems].join('; ') };
}
