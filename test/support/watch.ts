import { type Client, createClient } from 'graphql-ws';
import { WebSocket } from 'ws';

export interface Seen {
  status: string;
  failureReason: string | null;
  confirmationNumber: string | null;
}

const WATCH = `subscription ($attemptId: ID!, $secret: String!) {
  loginAttemptStatus(attemptId: $attemptId, secret: $secret) { status failureReason confirmationNumber }
}`;

export function connectSocket(socketUrl: string, options: Partial<Parameters<typeof createClient>[0]> = {}): Client {
  return createClient({ url: socketUrl, webSocketImpl: WebSocket, lazy: true, retryAttempts: 0, ...options });
}

/** The updates that a client of the graphql-ws library receives about an attempt, until the subscription ends. */
export async function* watchLogin(
  client: Client,
  { attemptId, secret }: { attemptId: string; secret: string },
): AsyncGenerator<Seen> {
  const results = client.iterate<{ loginAttemptStatus: Seen }>({ query: WATCH, variables: { attemptId, secret } });
  for await (const result of results) {
    if (result.errors) throw new Error(JSON.stringify(result.errors));
    if (result.data) yield result.data.loginAttemptStatus;
  }
}

/** All updates until the subscription ends by itself. */
export async function watchToTheEnd(client: Client, attempt: { attemptId: string; secret: string }): Promise<string[]> {
  const seen: string[] = [];
  for await (const { status } of watchLogin(client, attempt)) seen.push(status);
  return seen;
}
