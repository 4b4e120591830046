/**
 * A server that answers in place of AWS, on a port of the loopback interface. Each request gets the same response, or the body
 * that the test writes.
 *
 *     const stranger = await startStranger(t);
 *     stranger.response = { status: 503, body: 'Service unavailable' };
 *     createSdkApi({ endpoint: stranger.endpoint, ... });
 */
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ExecutionContext } from 'ava';

export interface Stranger {
  readonly endpoint: string;
  response: { readonly status: number; readonly body: string; readonly headers?: Readonly<Record<string, string>> };
  /** While set, writes the response. @param asked body of the request */
  write: ((response: ServerResponse, asked: string) => void) | undefined;
  requests: number;
  /** Bytes that all connections have read from the server so far. */
  readonly sentBytes: number;
}

export async function startStranger(t: ExecutionContext): Promise<Stranger> {
  const sockets = new Set<{ readonly bytesWritten: number }>();
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part);
    stranger.requests++;
    if (stranger.write) {
      stranger.write(response, Buffer.concat(parts).toString());
      return;
    }
    const { status, body, headers } = stranger.response;
    response.writeHead(status, { 'content-length': Buffer.byteLength(body), ...headers }).end(body);
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  const stranger: Stranger = {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    response: { status: 200, body: '{}' },
    write: undefined,
    requests: 0,
    get sentBytes() {
      return [...sockets].reduce((sum, { bytesWritten }) => sum + bytesWritten, 0);
    },
  };
  return stranger;
}
