/** The HTTP side of the fake: AWS JSON 1.1 over persistent connections, and the faults of a connection. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Http2Server } from 'node:http2';
import { createServer as createNetServer, type Server as NetServer, type Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { listenAt, type OwnPort, takeOwnPort } from './own-port.js';

export type FakeReply =
  | { readonly status: number; readonly body: string; readonly type?: string; readonly isCrawling?: boolean }
  /** What happens to the connection in place of a response. */
  | 'reset'
  | 'hang'
  | 'stall'
  /** The response is requested again when the test says so. */
  | 'late';

export interface FakeRequest {
  /** Such as `GetRecords`. */
  readonly operation: string;
  readonly input: Record<string, unknown>;
  /** The time in the signature of the request: `20260115T120000Z`. */
  readonly signedAt: string;
  /** The access key id in the signature of the request. */
  readonly accessKeyId: string;
}

export interface FakeServerOptions {
  readonly answer: (request: FakeRequest) => FakeReply;
  readonly now: () => number;
  /** Takes the connections that speak HTTP/2. */
  readonly http2?: { readonly server: Http2Server; readonly cut: () => void } | undefined;
}

export class FakeServer {
  readonly #options: FakeServerOptions;
  readonly #sockets = new Set<Socket>();
  #server: NetServer | undefined;
  #own: OwnPort | undefined;
  /** The client's port of each connection that was ever accepted. */
  readonly peerPorts: number[] = [];
  /** Number of requests that are held without a response, or with half of one. */
  held = 0;
  readonly #crawling = new Set<(bytes: number) => void>();
  #requests = 0;
  #late: ((isHalf: boolean) => void)[] = [];

  constructor(options: FakeServerOptions) {
    this.#options = options;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${this.#own?.port}`;
  }

  /** Starts to listen. After a `stop`, it listens on the same port again. */
  async start(): Promise<void> {
    this.#own ??= await takeOwnPort();
    // AWS closes an idle connection after a while; a test does not need that.
    const http1 = createServer({ keepAliveTimeout: 0 }, (request, response) => void this.#serve(request, response));
    const { http2 } = this.#options;
    this.#server = http2 ? shareConnections(http1, http2.server) : http1;
    http1.on('connection', (socket) => {
      this.peerPorts.push(socket.remotePort ?? 0);
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
    await listenAt(this.#server, this.#own);
  }

  /** Resets every connection and accepts no new ones. */
  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (!server) return;
    const closed = once(server, 'close');
    server.close();
    this.cutConnections();
    await closed;
  }

  /** Sends more bytes of each response that crawls, while its connection is open. */
  sendMore(bytes: number): void {
    for (const send of this.#crawling) send(bytes);
  }

  answerLate({ isHalf }: { readonly isHalf: boolean }): void {
    for (const answer of this.#late.splice(0)) answer(isHalf);
  }

  cutConnections(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
    this.#options.http2?.cut();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const input = JSON.parse((await buffer(request)).toString() || '{}');
    const operation = String(request.headers['x-amz-target']).split('.')[1] ?? '';
    const accessKeyId = /Credential=([^/]*)/.exec(String(request.headers.authorization))?.[1] ?? '';
    const asked = { operation, input, signedAt: String(request.headers['x-amz-date']), accessKeyId };
    let reply = this.#options.answer(asked);
    let isHalf = false;
    if (reply === 'late') {
      this.held++;
      isHalf = await new Promise<boolean>((resolve) => this.#late.push(resolve));
      this.held--;
      reply = this.#options.answer(asked);
    }
    if (reply === 'reset') {
      request.socket.resetAndDestroy();
      return;
    }
    if (reply === 'hang' || reply === 'late') {
      this.#hold(response);
      return;
    }
    response.sendDate = false;
    if (typeof reply !== 'object' || reply.type === undefined) {
      response.setHeader('x-amzn-requestid', `${++this.#requests}`);
    }
    response.setHeader('date', new Date(this.#options.now()).toUTCString());
    if (reply === 'stall') {
      this.#hold(response);
      response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1', 'content-length': 1000 });
      response.write('{"Records":[');
      return;
    }
    // AWS also sends the length of every response.
    const body = Buffer.from(reply.body);
    const length = { 'content-length': body.byteLength };
    response.writeHead(reply.status, { 'content-type': reply.type ?? 'application/x-amz-json-1.1', ...length });
    if (isHalf) {
      this.#hold(response);
      response.write(body.subarray(0, body.byteLength / 2));
    } else if (reply.isCrawling) this.#crawl(response, body);
    else response.end(body);
  }

  #crawl(response: ServerResponse, body: Buffer): void {
    let at = 0;
    const send = (bytes: number) => {
      response.write(body.subarray(at, at + bytes));
      at += bytes;
    };
    this.#crawling.add(send);
    this.#hold(response);
    response.on('close', () => this.#crawling.delete(send));
    response.flushHeaders();
  }

  #hold(response: ServerResponse): void {
    this.held++;
    response.on('close', () => this.held--);
  }
}

/** A server that gives each connection to the one whose protocol it speaks, as a service with TLS does. */
function shareConnections(http1: Server, http2: Http2Server): NetServer {
  return createNetServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', (chunk: Buffer) => {
      socket.pause();
      socket.unshift(chunk);
      const isHttp2 = chunk.subarray(0, 3).toString() === 'PRI';
      (isHttp2 ? http2 : http1).emit('connection', socket);
      if (!isHttp2) socket.resume();
    });
  });
}
