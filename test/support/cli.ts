import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { findSecrets } from './secrets.ts';

/** The built program, as its users run it (`npm test` builds it). */
const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

export type Ended = { code: number | null; signal: NodeJS.Signals | null; stdout: string; stderr: string };
export type Started = { child: ChildProcess; ended: Promise<Ended>; sees(text: RegExp): Promise<RegExpExecArray> };

/** What does not end by itself ends with the test process, also when its test has failed. */
const children = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL');
});

/** The secrets among settings, as far as they are long enough to be told from other words. */
const secretsIn = ({ CHATRHUB_API_KEY, PII_HASH_KEY, ALERT_WEBHOOK_URL, DATABASE_URL }: Record<string, string>): string[] => {
  const password = DATABASE_URL && URL.canParse(DATABASE_URL) ? decodeURIComponent(new URL(DATABASE_URL).password) : undefined;
  return [CHATRHUB_API_KEY, PII_HASH_KEY, ALERT_WEBHOOK_URL, password].filter(
    (secret) => secret !== undefined && secret.length >= 12,
  ) as string[];
};

/**
 * Starts a command with just these settings, in `cwd`. `sees` waits for a text on either output. A command that prints a secret of its
 * settings fails, whatever it is tested for.
 */
export function startCli(args: readonly string[], { env = {}, cwd }: { env?: Record<string, string>; cwd: string }): Started {
  const child = spawn(process.execPath, [MAIN, ...args], {
    cwd,
    env: { PATH: process.env.PATH ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.add(child);
  child.on('exit', () => children.delete(child));
  let [stdout, stderr] = ['', ''];
  const watchers = new Set<() => void>();
  const take = (add: (text: string) => void) => (chunk: Buffer) => {
    add(chunk.toString());
    for (const watcher of watchers) watcher();
  };
  child.stdout.on(
    'data',
    take((text) => (stdout += text)),
  );
  child.stderr.on(
    'data',
    take((text) => (stderr += text)),
  );
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      const told = findSecrets({ stdout, stderr }, secretsIn(env));
      if (told.length > 0) reject(new Error(`${args.join(' ')} wrote a secret to ${told.join(' and ')}`));
      resolve({ code, signal, stdout, stderr });
    });
  });
  const sees = (text: RegExp) =>
    new Promise<RegExpExecArray>((resolve, reject) => {
      const look = () => {
        const match = text.exec(stdout) ?? text.exec(stderr);
        if (!match) return;
        watchers.delete(look);
        resolve(match);
      };
      watchers.add(look);
      look();
      void ended.then(() => reject(new Error(`ended without ${text}:\n${stdout}\n${stderr}`)));
    });
  return { child, ended, sees };
}

/** Runs a command to its end. */
export const runCli = (args: readonly string[], options: { env?: Record<string, string>; cwd: string }): Promise<Ended> =>
  startCli(args, options).ended;
