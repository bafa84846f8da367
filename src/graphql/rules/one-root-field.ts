import { type ASTVisitor, GraphQLError, type SelectionSetNode, type ValidationContext } from 'graphql';

/**
 * Allows one root field in a mutation, counting aliases and fragments. Otherwise one request could submit ten codes
 * with ten aliased `verifyOtp` fields, while rate limits count requests.
 */
export function oneRootFieldRule(context: ValidationContext): ASTVisitor {
  return {
    OperationDefinition(operation) {
      if (operation.operation !== 'mutation') return;
      if (countRootFields(operation.selectionSet, context, new Map()) <= 1) return;
      context.reportError(
        new GraphQLError('A mutation may have one root field only. Send one request for each.', {
          nodes: operation,
          extensions: { code: 'ONE_ROOT_FIELD_ONLY' },
        }),
      );
    },
  };
}

/** Counts each fragment once: fragments that spread each other would otherwise double the work with each level. */
function countRootFields(set: SelectionSetNode, context: ValidationContext, counted: Map<string, number>): number {
  let count = 0;
  for (const selection of set.selections) {
    if (selection.kind === 'Field') count += 1;
    else if (selection.kind === 'InlineFragment') count += countRootFields(selection.selectionSet, context, counted);
    else count += countFragment(selection.name.value, context, counted);
    if (count > 1) break;
  }
  return count;
}

function countFragment(name: string, context: ValidationContext, counted: Map<string, number>): number {
  const known = counted.get(name);
  if (known !== undefined) return known;
  counted.set(name, 0); // another rule refuses a fragment that spreads itself; here it must only not loop
  const fragment = context.getFragment(name);
  const count = fragment ? countRootFields(fragment.selectionSet, context, counted) : 0;
  counted.set(name, count);
  return count;
}
