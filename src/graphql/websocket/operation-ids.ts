/**
 * Ids of our own for the operations of one socket. A client may use an id again as soon as it has said `complete`, while
 * the operation before it is still ending; graphql-ws tells operations apart by the client's id alone, so the old one
 * would end the new one, and be forgotten itself.
 */
export class OperationIds {
  readonly #ours = new Map<string, string>();
  #count = 0;

  /** A message of the client, with our id in the place of its own; nothing when it speaks of no operation we know. */
  inbound(data: string): { data: string; ended: () => void } | undefined {
    const message = parse(data);
    if (typeof message?.id !== 'string' || message.id === '') return { data, ended: () => {} };
    const { id, type } = message;
    if (type === 'subscribe') {
      // Still running: our id again, so that graphql-ws closes the socket (4409).
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

  /** A message of graphql-ws, which writes the id first, with the client's id back in its place. */
  outbound(data: string): string {
    return data.replace(/^\{"id":"\d+:/, '{"id":"');
  }
}

function parse(data: string): { id?: unknown; type?: unknown } | undefined {
  try {
    const message: unknown = JSON.parse(data);
    return typeof message === 'object' && message !== null ? message : undefined;
  } catch {
    return undefined; // graphql-ws says so to the client
  }
}
