import { type ASTVisitor, GraphQLError, type SelectionSetNode, type ValidationContext } from 'graphql';

/**
 * Much more than our clients send, and much less than what takes noticeable time. Counted after fragments are spread.
 */
export const SIZE_LIMITS = { depth: 8, fields: 150, aliases: 15, directives: 20 } as const;

type Size = { depth: number; fields: number; aliases: number; directives: number };

const NOTHING: Size = { depth: 0, fields: 0, aliases: 0, directives: 0 };

/** Refuses operations that are too deep or too wide. Introspection, if it is on, is not counted. */
export function sizeLimitsRule(context: ValidationContext): ASTVisitor {
  const fragments = new Map<string, Size>(); // each measured once, even if it is spread many times

  function measure(set: SelectionSetNode | undefined): Size {
    let total = NOTHING;
    for (const selection of set?.selections ?? []) {
      const own = selection.directives?.length ?? 0;
      if (selection.kind === 'Field') {
        if (selection.name.value === '__schema' || selection.name.value === '__type') continue;
        const inner = measure(selection.selectionSet);
        total = add(total, {
          depth: inner.depth + 1,
          fields: inner.fields + 1,
          aliases: inner.aliases + (selection.alias ? 1 : 0),
          directives: inner.directives + own,
        });
      } else {
        const inner =
          selection.kind === 'InlineFragment' ? measure(selection.selectionSet) : measureFragment(selection.name.value);
        total = add(total, { ...inner, directives: inner.directives + own });
      }
    }
    return total;
  }

  function measureFragment(name: string): Size {
    const known = fragments.get(name);
    if (known) return known;
    fragments.set(name, NOTHING); // another rule refuses a fragment that spreads itself
    const size = measure(context.getFragment(name)?.selectionSet);
    fragments.set(name, size);
    return size;
  }

  return {
    OperationDefinition(operation) {
      const size = measure(operation.selectionSet);
      for (const limit of Object.keys(SIZE_LIMITS) as (keyof Size)[]) {
        if (size[limit] <= SIZE_LIMITS[limit]) continue;
        context.reportError(
          new GraphQLError(
            `The operation has too many ${limit === 'depth' ? 'levels' : limit}: the maximum is ${SIZE_LIMITS[limit]}.`,
            {
              nodes: operation,
              extensions: { code: 'OPERATION_TOO_LARGE' },
            },
          ),
        );
      }
    },
  };
}

const add = (one: Size, other: Size): Size => ({
  depth: Math.max(one.depth, other.depth),
  fields: one.fields + other.fields,
  aliases: one.aliases + other.aliases,
  directives: one.directives + other.directives,
});
