/**
 * A tunnelling proxy on a port of the loopback interface. It uses HTTP, or HTTPS if it has a certificate. It requires a user
 * and a password if it was given one. It tunnels to the loopback interface only, so that a test reaches nothing else.
 *
 *     const proxy = await startProxy({ user: 'user', password: 'secret' });
 *     createSdkApi({ proxy: `http://user:secret@127.0.0.1:${proxy.port}`, ... });
 *     await proxy.stop();                       // cuts every tunnel and refuses connections
 *     await proxy.start();                      // the same port
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Issued } from './certificates.js';
import { listenAt, type OwnPort, takeOwnPort } from './own-port.js';

export interface ProxyLogin {
  readonly user: string;
  readonly password: string;
}

export interface Tunnel {
  /** Such as `kinesis.us-east-1.amazonaws.com:443`. */
  readonly target: string;
  /** The header as received. */
  readonly authorization: string | undefined;
  readonly isOpened: boolean;
}

/**
 * @param login if omitted, no login is required
 * @param issued if omitted, the proxy does not use TLS
 */
export async function startProxy(login?: ProxyLogin, issued?: Issued): Promise<FakeProxy> {
  const proxy = new FakeProxy(login, issued);
  await proxy.start();
  return proxy;
}

export class FakeProxy {
  /** Every request for a tunnel, in the order of arrival. */
  readonly tunnels: Tunnel[] = [];
  /** Number of requests that were not for a tunnel; they are rejected. */
  plainRequests = 0;
  /** The proxy's own port of each connection to a target. */
  readonly farPorts = new Set<number | undefined>();
  readonly #issued: Issued | undefined;
  readonly #wanted: string | undefined;
  readonly #sockets = new Set<Duplex>();
  #server: Server | undefined;
  #own: OwnPort | undefined;

  constructor(login: ProxyLogin | undefined, issued: Issued | undefined) {
    this.#issued = issued;
    if (login) this.#wanted = `Basic ${Buffer.from(`${login.user}:${login.password}`).toString('base64')}`;
  }

  /** Does not change at a restart. */
  get port(): number {
    return this.#own?.port ?? 0;
  }

  async start(): Promise<void> {
    this.#own ??= await takeOwnPort();
    const server = this.#createServer();
    server.on('request', (_request, response) => {
      this.plainRequests++;
      response.writeHead(405).end();
    });
    server.on('connection', (socket: Socket) => this.#keep(socket));
    server.on('connect', (request: IncomingMessage, socket: Duplex, head: Buffer) =>
      this.#tunnel(request, socket, head),
    );
    await listenAt(server, this.#own);
    this.#server = server;
  }

  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (!server) return;
    const closed = once(server, 'close');
    server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #createServer(): Server {
    if (!this.#issued) return createServer();
    const { certificate, key } = this.#issued;
    const server = createTlsServer({ cert: certificate, key });
    // A client that does not trust the certificate reports that and closes the connection.
    server.on('tlsClientError', () => {});
    return server;
  }

  #tunnel(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const target = request.url ?? '';
    const authorization = request.headers['proxy-authorization'];
    const isOpened = this.#wanted === undefined || authorization === this.#wanted;
    this.tunnels.push({ target, authorization, isOpened });
    if (!isOpened) {
      socket.end(
        'HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n',
      );
      return;
    }
    const [host = '', port = ''] = target.split(':');
    if (host !== '127.0.0.1') {
      socket.end('HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n');
      return;
    }
    const far = connect(Number(port), host, () => {
      this.farPorts.add(far.localPort);
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      far.write(head);
      far.pipe(socket).pipe(far);
    });
    this.#keep(far);
    far.on('close', () => socket.destroy());
    socket.on('close', () => far.destroy());
  }

  #keep(socket: Duplex): void {
    this.#sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => this.#sockets.delete(socket));
  }
}
