import { UsageError } from '../errors.ts';

/** Where something was to listen. The names are those of the settings, or of the options. */
type Listening = { port: number; portName: string; host: string; hostName?: string };

/** An error of listening, as a wrong setting where it is one; any other as it is. */
export function explainPort(error: unknown, { port, portName, host, hostName = 'host' }: Listening): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const why = {
    EADDRINUSE: `${portName}: ${port} is taken on ${host}; choose another one, 0 takes any that is free`,
    EACCES: `${portName}: ${port} may not be used by this user; choose one above 1023`,
    EADDRNOTAVAIL: `${hostName}: ${host} is not an address of this machine; choose 127.0.0.1, 0.0.0.0 or one of its own`,
    ENOTFOUND: `${hostName}: ${host} is not known`,
  }[String(code)];
  return why ? new UsageError(why, { cause: error }) : error;
}
