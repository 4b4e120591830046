/** A DynamoDB behind which another one stands, and which refuses the operations that a test names, as IAM does. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

export interface RefusingTable {
  readonly endpoint: string;
  /** Such as `Scan`. */
  readonly refused: Set<string>;
  /** Every operation that was asked for. */
  readonly operations: readonly string[];
  stop(): Promise<void>;
}

export async function startRefusingTable(target: string): Promise<RefusingTable> {
  const refused = new Set<string>();
  const operations: string[] = [];
  const server = createServer(async (request, response) => {
    const body = await buffer(request);
    const operation = String(request.headers['x-amz-target']).split('.')[1] ?? '';
    operations.push(operation);
    if (refused.has(operation)) {
      response.writeHead(400, { 'content-type': 'application/x-amz-json-1.0', 'x-amzn-requestid': 'refused' });
      response.end(JSON.stringify({ __type: 'com.amazon.coral.service#AccessDeniedException', Message: 'no' }));
      return;
    }
    const headers = Object.entries(request.headers).filter(([name]) => !hopByHop.has(name)) as [string, string][];
    const answer = await fetch(target, { method: 'POST', headers, body: new Uint8Array(body) });
    response.writeHead(answer.status, Object.fromEntries(answer.headers));
    response.end(Buffer.from(await answer.arrayBuffer()));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    refused,
    operations,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

const hopByHop = new Set(['host', 'connection', 'content-length', 'transfer-encoding', 'expect']);
