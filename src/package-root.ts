/** The folder of the package, with package.json and `drizzle/`: `src/` lies in it as `dist/` does, where the program is in a few files. */
export const PACKAGE_ROOT = new URL('..', import.meta.url);
