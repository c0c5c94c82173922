import { createInterface } from 'node:readline/promises';
import { updateViews } from '../analytics/update-views.ts';
import type { Config } from '../config.ts';
import { type Belongings, erase, findBelongings } from '../erasure/erase.ts';
import { UsageError } from '../errors.ts';
import type { Logger } from '../logger.ts';
import { migrateWarehouse, openWarehouse } from './open-warehouse.ts';
import { print, printJson } from './print.ts';
import { formatTable } from './text-table.ts';

export type EraseFlags = { visitor: number; yes: boolean; json: boolean };

/** `chatrhub-sync erase`: removes a person from every schema, after asking on a terminal. Returns whether it was done. */
export async function eraseCommand(config: Config, logger: Logger, { visitor, yes, json }: EraseFlags): Promise<boolean> {
  if (!yes && !process.stdin.isTTY) throw new UsageError('erase asks for confirmation, and nobody can answer here: repeat it with --yes');
  const { database } = await openWarehouse(config, logger);
  try {
    await migrateWarehouse(database, logger);
    const belongings = await findBelongings(database, visitor);
    if (!yes && !(await confirm(question(belongings), visitor, process))) {
      process.stderr.write('nothing was erased\n');
      return false;
    }
    const { runId, erased } = await erase(database, belongings);
    await updateViews(database, logger);
    const tables = Object.entries(erased).map(([table, rows]) => ({ table, rows }));
    if (json) printJson({ run_id: runId, command: 'erase', status: 'complete', erased });
    else print(`${formatTable(tables)}\nerased; later syncs leave this person out, and backups still hold the old data (docs/privacy.md)`);
    return true;
  } finally {
    await database.close();
  }
}

const question = ({ visitorId, records }: Belongings): string => {
  const found = [...records].map(([{ name }, ids]) => `${ids.length} ${name}`).join(', ');
  return `This removes the personal data of ${found} from every schema, and cannot be undone.\nType the visitor's number, ${visitorId}, to continue: `;
};

/** Whether a person answers with the number. */
export async function confirm(
  text: string,
  visitorId: number,
  { stdin, stderr }: { stdin: NodeJS.ReadableStream; stderr: NodeJS.WritableStream },
): Promise<boolean> {
  const lines = createInterface({ input: stdin, output: stderr });
  try {
    // Whoever ends the input has not answered.
    const ended = new Promise<string>((resolve) => lines.once('close', () => resolve('')));
    return (await Promise.race([lines.question(text), ended])).trim() === String(visitorId);
  } finally {
    lines.close();
  }
}
