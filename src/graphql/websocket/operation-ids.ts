/**
 * Gives the operations of one socket unique IDs of our own. A client may reuse an ID as soon as it has sent `complete`,
 * while the first operation is still ending. graphql-ws knows an operation only by the client's ID, so the first
 * operation would end the second one and stay open itself.
 */
export class OperationIds {
  readonly #ours = new Map<string, string>();
  #count = 0;

  /**
   * Replaces the client's ID in a message with ours. Undefined when the message completes an operation that does not
   * exist.
   */
  inbound(data: string): { data: string; ended: () => void } | undefined {
    const message = parse(data);
    if (typeof message?.id !== 'string' || message.id === '') return { data, ended: () => {} };
    const { id, type } = message;
    if (type === 'subscribe') {
      // A running operation keeps its ID, so that graphql-ws sees the duplicate and closes the socket (4409).
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

  /** Puts the client's own ID back into a message. graphql-ws writes the ID first. */
  outbound(data: string): string {
    return data.replace(/^\{"id":"\d+:/, '{"id":"');
  }
}

function parse(data: string): { id?: unknown; type?: unknown } | undefined {
  try {
    const message: unknown = JSON.parse(data);
    return typeof message === 'object' && message !== null ? message : undefined;
  } catch {
    return undefined; // graphql-ws closes the socket because of it
  }
}
