import { type ASTVisitor, GraphQLError, type SelectionSetNode, type ValidationContext } from 'graphql';

/**
 * At most one root field in a mutation, aliases and fragments counted: ten aliased `verifyOtp` in one request would be
 * ten guesses for the price of one.
 */
export function oneRootFieldRule(context: ValidationContext): ASTVisitor {
  return {
    OperationDefinition(operation) {
      if (operation.operation !== 'mutation') return;
      if (countRootFields(operation.selectionSet, context, new Set()) <= 1) return;
      context.reportError(
        new GraphQLError('A mutation may have one root field only. Send one request for each.', {
          nodes: operation,
          extensions: { code: 'ONE_ROOT_FIELD_ONLY' },
        }),
      );
    },
  };
}

function countRootFields(set: SelectionSetNode, context: ValidationContext, seen: Set<string>): number {
  let count = 0;
  for (const selection of set.selections) {
    if (selection.kind === 'Field') {
      count += 1;
    } else if (selection.kind === 'InlineFragment') {
      count += countRootFields(selection.selectionSet, context, seen);
    } else {
      const name = selection.name.value;
      const fragment = context.getFragment(name);
      // A fragment that spreads itself is refused by another rule; here it must only not loop. One spread twice counts twice.
      if (fragment && !seen.has(name))
        count += countRootFields(fragment.selectionSet, context, new Set(seen).add(name));
    }
    if (count > 1) break;
  }
  return count;
}
