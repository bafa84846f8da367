import { type DocumentNode, getOperationAST } from 'graphql';

/**
 * The variables that an operation declares. A client may send others, which no rule of GraphQL limits, and 64 KB of
 * small values take more than a megabyte of memory for as long as the operation waits.
 */
export function declaredVariables(
  document: DocumentNode,
  operationName: string | null | undefined,
  variables: Record<string, unknown> | null | undefined,
): Record<string, unknown> | undefined {
  if (!variables) return undefined;
  const declared = getOperationAST(document, operationName)?.variableDefinitions ?? [];
  const names = declared.map(({ variable }) => variable.name.value).filter((name) => Object.hasOwn(variables, name));
  return Object.fromEntries(names.map((name) => [name, variables[name]]));
}
