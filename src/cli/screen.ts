/** What the terminal behind stderr can do. */
export type Screen = { isTerminal: boolean; hasColours: boolean; hasBar: boolean };

/**
 * Says what a stream can show, from the environment: no colours where NO_COLOR is set (https://no-color.org), none and no bar on a dumb
 * terminal, no bar where the terminal has no width (`script`, `docker run -t` without one) or a CI records what is written.
 */
export function screenOf(
  env: Readonly<Record<string, string | undefined>>,
  { isTTY = false, columns = 0 }: Partial<NodeJS.WriteStream>,
): Screen {
  const isDumb = env.TERM === 'dumb';
  return { isTerminal: isTTY, hasColours: isTTY && !isDumb && !env.NO_COLOR, hasBar: isTTY && !isDumb && columns > 0 && !env.CI };
}
