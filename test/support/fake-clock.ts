import type pg from 'pg';

/** Milliseconds since fake time began. */
export type FakeMs = number;

/** Far from real time, so that a ledger which reads a real clock somewhere waits for ever. */
export const BEGINNING_MS = Date.UTC(2040, 0, 1);

/**
 * What stands in for `clock_timestamp()` and `now()`. The time lies in a sequence (in microseconds), as what that is set to is seen at
 * once by all sessions, also in the middle of their transactions.
 */
const CLOCK = `
  create schema fake;
  create sequence fake.time;
  create function fake.clock_timestamp() returns timestamptz language sql volatile as
    $$ select timestamptz 'epoch' + last_value * interval '1 microsecond' from fake.time $$;
  create function fake.now() returns timestamptz language sql volatile as
    $$ select coalesce(nullif(current_setting('fake.began_at', true), '')::timestamptz, fake.clock_timestamp()) $$`;

/** The first statement of a transaction: what `now()` answers until it ends. A statement of its own begins now. */
export const NOTE_BEGINNING = `select set_config('fake.began_at', fake.clock_timestamp()::text, true)`;

/** A default was tied to the real clock when its table was made, whatever a session looks for first. */
const DEFAULTS = `
  do $$ declare changed record; begin
    for changed in
      select adrelid::regclass as "table", attname as "column", pg_get_expr(adbin, adrelid) as "default"
      from pg_attrdef join pg_attribute on attrelid = adrelid and attnum = adnum
      where pg_get_expr(adbin, adrelid) ~ '(^|[^.])(clock_timestamp|now)\\(\\)'
    loop
      execute format('alter table %s alter column %I set default %s', changed."table", changed."column",
        regexp_replace(changed."default", '(clock_timestamp|now)\\(\\)', 'fake.\\1()', 'g'));
    end loop;
  end $$`;

/** Makes the clock of a database, which defaults of columns are read from too. Only sessions opened with `fakeClockUrl` see it elsewhere. */
export async function createFakeClock(pool: Pick<pg.Pool, 'query'>): Promise<{ set(at: FakeMs): Promise<void> }> {
  await pool.query(CLOCK);
  await pool.query(DEFAULTS);
  return {
    async set(at) {
      await pool.query({ name: 'clock', text: `select setval('fake.time', $1)`, values: [Math.round((BEGINNING_MS + at) * 1_000)] });
    },
  };
}

/** The URL of sessions in which functions without a schema are looked for among the fakes first: `pg_catalog` is only named to come last. */
export function fakeClockUrl(url: string): string {
  const fake = new URL(url);
  fake.searchParams.set('options', '-c search_path=fake,pg_catalog');
  return fake.href;
}
