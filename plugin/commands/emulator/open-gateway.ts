/**
 * One address on the loopback interface for both emulated services, as one manifest or `AWS_ENDPOINT_URL` names it. Requests for
 * CloudWatch Logs are answered here; all others are passed to Kinesis as they are.
 */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { CommandError } from '../exit.js';
import type { EmulatedLogs } from './emulated-logs.js';

export interface Gateway {
  /** Such as `http://127.0.0.1:4567`. */
  readonly endpoint: string;
  close(): void;
}

export interface GatewayOptions {
  /** 0 for a free one. */
  readonly port: number;
  readonly kinesis: string;
  readonly logs: EmulatedLogs;
}

/** @throws CommandError if the port cannot be had */
export async function openGateway({ port, kinesis, logs }: GatewayOptions): Promise<Gateway> {
  const server = createServer((asked, response) => {
    const [, operation] = /^Logs_\d+\.(\w+)$/.exec(String(asked.headers['x-amz-target'])) ?? [];
    const answered =
      operation === undefined ? pass(asked, response, kinesis) : answer(asked, response, operation, logs);
    // The client has left, or sent no JSON.
    answered.catch(() => response.destroy());
  });
  server.listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const reason = code === 'EADDRINUSE' ? `Port ${port} is in use` : `Port ${port} cannot be used (${message})`;
    throw new CommandError(`${reason}; choose another one with --port`, { cause: error });
  }
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function answer(
  asked: IncomingMessage,
  response: ServerResponse,
  operation: string,
  logs: EmulatedLogs,
): Promise<void> {
  const { status, body } = logs.answer(operation, (await json(asked)) as Readonly<Record<string, unknown>>);
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-requestid': randomUUID() });
  response.end(JSON.stringify(body));
}

async function pass(asked: IncomingMessage, response: ServerResponse, kinesis: string): Promise<void> {
  const { method, headers, url = '/' } = asked;
  const passed = request(new URL(url, kinesis), { method, headers });
  const sent = pipeline(asked, passed);
  const [answered] = (await once(passed, 'response')) as [IncomingMessage];
  response.writeHead(answered.statusCode ?? 502, answered.headers);
  await Promise.all([sent, pipeline(answered, response)]);
}
