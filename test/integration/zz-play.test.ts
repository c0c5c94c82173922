import { inject, it } from 'vitest';
import { createTestDatabase } from '../support/database.ts';
import { openBench } from '../support/fuzz/bench.ts';
import { drawOf } from '../support/fuzz/draw.ts';
import { play } from '../support/fuzz/play.ts';

it('x', async () => {
  const db = await createTestDatabase(inject('migratedDatabase'));
  const bench = await openBench(db.url);
  const draw = drawOf(Number(process.env.SEED), JSON.parse(process.env.WITH ?? '[]'));
  console.log(JSON.stringify({ ...draw, chosen: 0 }));
  const cut = process.env.RUNS ? { ...draw, pauses: draw.pauses.slice(0, Number(process.env.RUNS)) } : draw;
  for (const p of await play(bench, cut)) console.log(JSON.stringify(p).slice(0, 600));
  const { createAccount } = await import('../../src/simulator/account/account.ts');
  const account = createAccount(draw.account);
  for (const h of cut.pauses) account.advance({ hours: h });
  const now = account.asOf();
  const chat = [...now.chats.values()].find((c) => now.messagesOf(c.id).some((m) => m.id === Number(process.env.MSG)));
  console.log(chat, now.messagesOf(chat?.id ?? 0).length);
  for (const q of (process.env.SQL ?? '').split(';').filter(Boolean))
    console.log(
      q,
      await bench.pool.query(q).then(
        (r) => r.rows,
        (e) => e.message,
      ),
    );
}, 100000);
