const LONGEST = 60;

/** The shape of a value, without the value: letters are x, digits 9. It shows what does not fit, and nobody's data. */
export function maskValue(value: string): string {
  const shape = [...value.slice(0, 4 * LONGEST)]
    .map((character) => (/\p{L}|\p{M}/u.test(character) ? 'x' : /\p{N}/u.test(character) ? '9' : character))
    .join('');
  return shape.length > LONGEST ? `${shape.slice(0, LONGEST)}…` : shape;
}

/** An error's message without the values that a database or a parser may quote in it. */
export function maskMessage(message: string): string {
  return (
    message
      .replace(/\bparams:[\s\S]*$/, '')
      .replace(/"[^"]*"|'[^']*'|`[^`]*`/g, '"…"')
      // Each begins where nothing before it could: a long text without an end would be read again from each of its characters.
      .replace(/=\([^)]*(?:\)|$)/g, '=(…)')
      .replace(/(?<![^\s@])[^\s@]+@[^\s@]+/g, '…')
      .slice(0, 300)
  );
}
