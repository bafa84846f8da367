import { builder } from '../../builder.js';

/** The arguments that limit a list to a period. */
export const periodArgs = () =>
  builder.args((t) => ({
    since: t.field({ type: 'DateTime', description: 'Only items from this time on.' }),
    until: t.field({ type: 'DateTime', description: 'Only items before this time.' }),
  }));
