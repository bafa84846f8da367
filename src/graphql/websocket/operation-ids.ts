/**
 * Gives the operations of one socket ids of our own. A client may reuse an id as soon as it has sent `complete`, while the
 * first operation is still ending. graphql-ws knows an operation by the client's id alone, so the first one would end the
 * second one and stay open itself.
 */
export class OperationIds {
  readonly #ours = new Map<string, string>();
  #count = 0;

  /** A message of the client with our id in it; undefined when it completes an operation that does not exist. */
  inbound(data: string): { data: string; ended: () => void } | undefined {
    const message = parse(data);
    if (typeof message?.id !== 'string' || message.id === '') return { data, ended: () => {} };
    const { id, type } = message;
    if (type === 'subscribe') {
      // While the operation runs its id stays the same, so that graphql-ws closes the socket (4409).
      const ours = this.#ours.get(id) ?? `${(this.#count += 1)}:${id}`;
      this.#ours.set(id, ours);
      return {
        data: JSON.stringify({ ...message, id: ours }),
        ended: () => {
          if (this.#ours.get(id) === ours) this.#ours.delete(id);
        },
      };
    }
    const ours = this.#ours.get(id);
    if (type !== 'complete') return { data, ended: () => {} };
    this.#ours.delete(id);
    return ours === undefined ? undefined : { data: JSON.stringify({ ...message, id: ours }), ended: () => {} };
  }

  /** A message to the client with its own id in it. graphql-ws writes the id first. */
  outbound(data: string): string {
    return data.replace(/^\{"id":"\d+:/, '{"id":"');
  }
}

function parse(data: string): { id?: unknown; type?: unknown } | undefined {
  try {
    const message: unknown = JSON.parse(data);
    return typeof message === 'object' && message !== null ? message : undefined;
  } catch {
    return undefined; // graphql-ws closes the socket over it
  }
}
