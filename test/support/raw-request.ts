import { once } from 'node:events';
import { type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';

export interface RawAnswer {
  status: number;
  headers: IncomingHttpHeaders;
  /** Empty for a stream, which has no end to wait for. */
  body: string;
}

/** A request with any header, also those that fetch does not allow to set, such as Host and Origin. */
export async function rawRequest(
  url: string,
  {
    method = 'GET',
    headers = {},
    body = '',
  }: { method?: string; headers?: Record<string, string | string[]>; body?: string } = {},
): Promise<RawAnswer> {
  const asked = request(url, { method, headers, agent: false });
  asked.end(body);
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  const { statusCode: status = 0, headers: received } = response;
  if (!received['content-type']?.startsWith('text/event-stream'))
    return { status, headers: received, body: await text(response) };
  response.destroy();
  return { status, headers: received, body: '' };
}

/** Sends bytes that no HTTP client would send. @returns everything that the server answers until it closes. */
export async function sendBytes(url: string, bytes: string): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.write(bytes);
  return text(socket);
}
