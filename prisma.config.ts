import { defineConfig } from 'prisma/config';

// For the Prisma command line only (`prisma migrate deploy`, `prisma studio`); the gateway migrates by itself at start.
const url = process.env['DATABASE_URL'];

export default defineConfig({
  schema: 'prisma/schema.prisma',
  migrations: { path: 'prisma/migrations' },
  ...(url ? { datasource: { url } } : {}),
});
