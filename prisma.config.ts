import { defineConfig } from 'prisma/config';

// Only for the Prisma command line (`prisma migrate deploy`, `prisma studio`). The gateway migrates at its start.
const url = process.env['DATABASE_URL'];

export default defineConfig({
  schema: 'prisma/schema.prisma',
  migrations: { path: 'prisma/migrations' },
  ...(url ? { datasource: { url } } : {}),
});
