import { randomBytes } from 'node:crypto';
import { rename, rm, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Config } from '../config.ts';
import { explain, UsageError } from '../errors.ts';
import type { Logger } from '../logger.ts';
import { createReport, type ReportWish } from '../pages/report/report.ts';
import { plainText } from '../plain-text.ts';
import { addDays } from '../time/period.ts';
import type { Database } from '../warehouse/connection/database.ts';
import { openWarehouse } from './open-warehouse.ts';
import { print } from './print.ts';

export type ReportFlags = ReportWish & { out: string };

/** `chatrhub-sync report`: writes what a person who runs a support team wants to know, as one page. Only reads the database. */
export async function reportCommand(config: Config, logger: Logger, flags: ReportFlags, signal: AbortSignal): Promise<void> {
  const { database } = await openWarehouse(config, logger, signal);
  try {
    print(await writeReport(database, flags));
  } finally {
    await database.close();
  }
}

/** Makes a report and writes it; returns a line that says where it is. Throws `UsageError` when it cannot be written there. */
export async function writeReport(database: Database, { out, ...wish }: ReportFlags): Promise<string> {
  const path = resolve(out);
  const { period, group, html } = await createReport(database, wish, new Date());
  // Beside its place, so that a reader never sees half of it, and what was there stays until it is whole.
  const draft = `${path}.${randomBytes(4).toString('hex')}.tmp`;
  try {
    await writeFile(draft, html, { flag: 'wx' });
    await rename(draft, path);
  } catch (cause) {
    await rm(draft, { force: true });
    throw new UsageError(`the report cannot be written to ${path}: ${explain(cause)}; choose another place with --out`);
  }
  const size = `${Math.ceil(Buffer.byteLength(html) / 1_024).toLocaleString('en')} kB`;
  return `report on ${period.from} to ${addDays(period.until, -1)}${group ? `, group ${plainText(group.name)}` : ''}: ${path} (${size})`;
}
