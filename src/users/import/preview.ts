import { runStatement } from '../../db/run-statement.js';
import { statement } from '../../db/statement.js';
import { int4 } from '../../db/types.js';
import { type Counts, countsOf } from './counts.js';
import { CREATE_STAGING_TABLE, DIFFERS, IN_SPAN, SPAN_PARAMETERS, type Span, type StagingDeps } from './staging.js';

const PREVIEW = statement({
  name: 'users/preview_import',
  after: CREATE_STAGING_TABLE,
  sql: `
    SELECT count(*) FILTER (WHERE u.id IS NULL)::int AS added,
           count(*) FILTER (WHERE u.id IS NOT NULL AND ${DIFFERS})::int AS changed,
           count(*)::int AS lines
    FROM import_lines l LEFT JOIN users u ON u.phone = l.phone
    WHERE ${IN_SPAN}`,
  parameters: SPAN_PARAMETERS,
  columns: { added: int4, changed: int4, lines: int4 },
});

/** Counts the changes that the lines would make. Writes nothing. */
export async function preview({ after, upTo }: Span, { staging }: StagingDeps): Promise<Counts> {
  const [row] = await runStatement(staging, PREVIEW, { after, upTo });
  return countsOf(row ?? { added: 0, changed: 0, lines: 0 });
}
