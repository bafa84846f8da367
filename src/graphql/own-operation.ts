import { type DocumentNode, separateOperations } from 'graphql';

/** A document of only one operation and its fragments, so that an operation that waits does not keep the others. */
export function ownOperation(document: DocumentNode, operationName: string | null | undefined): DocumentNode {
  const operations = document.definitions.filter(({ kind }) => kind === 'OperationDefinition').length;
  return operations > 1 ? (separateOperations(document)[operationName ?? ''] ?? document) : document;
}
