/** What the generated models are made of. */
export type Yaml = string | number | boolean | readonly Yaml[] | { readonly [key: string]: Yaml };

/** Words that stay as they are; all else is in quotes, as JSON has it, which YAML reads too. */
const isPlain = (text: string): boolean =>
  /^[a-z][a-z0-9_.]*$/.test(text) && !['true', 'false', 'null', 'yes', 'no', 'on', 'off', 'y', 'n'].includes(text);

const isList = (value: Yaml): value is readonly Yaml[] => Array.isArray(value);

/** YAML, line by line. */
export function yamlLines(value: Yaml): string[] {
  if (typeof value === 'string') return [isPlain(value) ? value : JSON.stringify(value)];
  if (typeof value !== 'object') return [String(value)];
  if (isList(value)) return value.flatMap((item) => yamlLines(item).map((line, i) => `${i === 0 ? '- ' : '  '}${line}`));
  return Object.entries(value).flatMap(([key, item]) => {
    if (isList(item) && item.length === 0) return [`${key}: []`];
    const lines = yamlLines(item);
    return typeof item === 'object' ? [`${key}:`, ...lines.map((line) => `  ${line}`)] : [`${key}: ${lines[0]}`];
  });
}
