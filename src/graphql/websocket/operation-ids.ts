/** A longer ping is answered without its payload, because the payload waits until the client reads the answer. */
export const MAX_ECHOED_CHARACTERS = 256;

/**
 * Gives the operations of one socket unique IDs of our own. A client may reuse an ID as soon as it has sent `complete`,
 * while the first operation is still ending. graphql-ws knows an operation only by the client's ID, so the first
 * operation would end the second one and stay open itself.
 */
export class OperationIds {
  readonly #ours = new Map<string, string>();
  #count = 0;

  /**
   * Replaces the client's ID in a message with ours, and drops what is not part of the protocol: graphql-ws keeps a
   * message until its operation ends. Undefined when the message completes an operation that does not exist.
   */
  inbound(data: string): { data: string; ended: () => void } | undefined {
    const message = parse(data);
    if (!message) return { data, ended: () => {} };
    const { id, type } = message;
    if (typeof id !== 'string' || id === '') return { data: write(message, id), ended: () => {} };
    if (type === 'subscribe') {
      // A running operation keeps its ID, so that graphql-ws sees the duplicate and closes the socket (4409).
      const ours = this.#ours.get(id) ?? `${(this.#count += 1)}:${id}`;
      this.#ours.set(id, ours);
      return {
        data: write(message, ours),
        ended: () => {
          if (this.#ours.get(id) === ours) this.#ours.delete(id);
        },
      };
    }
    if (type !== 'complete') return { data: write(message, id), ended: () => {} };
    const ours = this.#ours.get(id);
    this.#ours.delete(id);
    return ours === undefined ? undefined : { data: write(message, ours), ended: () => {} };
  }

  /** Puts the client's own ID back into a message. graphql-ws writes the ID first. */
  outbound(data: string): string {
    return data.replace(/^\{"id":"\d+:/, '{"id":"');
  }
}

interface Message {
  id?: unknown;
  type?: unknown;
  payload?: unknown;
}

function write({ type, payload }: Message, id: unknown): string {
  const text = JSON.stringify({ id, type, payload });
  return type === 'ping' && text.length > MAX_ECHOED_CHARACTERS ? JSON.stringify({ type }) : text;
}

function parse(data: string): Message | undefined {
  try {
    const message: unknown = JSON.parse(data);
    return typeof message === 'object' && message !== null ? message : undefined;
  } catch {
    return undefined; // graphql-ws closes the socket because of it
  }
}
