import { defineConfig } from 'drizzle-kit';

export default defineConfig({
  dialect: 'postgresql',
  schema: ['./src/resources/**/*.ts', './src/warehouse/schema/*-tables.ts'],
  schemaFilter: ['chatrhub', 'chatrhub_private', 'chatrhub_raw', 'chatrhub_sync', 'chatrhub_bi'],
  out: './drizzle',
});
