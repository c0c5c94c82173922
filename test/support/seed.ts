/**
 * The seed of a test with chance in it: `TEST_SEED`, or the one given. It is printed, as it reproduces all of what happens in it but the
 * order in which things under way at once come.
 */
export function takeSeed(test: string, usual: number): number {
  const seed = Number(process.env.TEST_SEED ?? usual);
  process.stdout.write(`${test}: TEST_SEED=${seed}\n`);
  return seed;
}
