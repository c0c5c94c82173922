import { defineConfig } from 'drizzle-kit';

export default defineConfig({
  dialect: 'postgresql',
  schema: ['./src/resources/*.ts', './src/db/tables.ts', './src/db/source-tables.ts'],
  schemaFilter: ['chatrhub', 'chatrhub_private', 'chatrhub_raw', 'chatrhub_sync', 'chatrhub_bi'],
  out: './drizzle',
});
