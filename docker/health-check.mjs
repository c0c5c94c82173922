// Health of a container: of `schedule`, what its page says; any other command has none, and is well for as long as it runs.
import { readFileSync } from 'node:fs';

const commandLine = process.argv[2] ?? '/proc/1/cmdline';
const isSchedule = readFileSync(commandLine, 'utf8').split('\0').includes('schedule');
const page = `http://127.0.0.1:${process.env.STATUS_PORT || 8080}/healthz`;
const isWell =
  !isSchedule ||
  (await fetch(page).then(
    (answer) => answer.ok,
    () => false,
  ));
process.exitCode = isWell ? 0 : 1;
