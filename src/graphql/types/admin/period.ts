import { builder } from '../../builder.js';

/** Arguments of lists that have a time. */
export const periodArgs = () =>
  builder.args((t) => ({
    since: t.field({ type: 'DateTime', description: 'From then on.' }),
    until: t.field({ type: 'DateTime', description: 'Before then.' }),
  }));
