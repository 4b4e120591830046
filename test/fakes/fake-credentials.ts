/**
 * Services that return credentials over HTTP, on a port of the loopback interface: STS, IAM Identity Center (SSO), the endpoint
 * of a container and the metadata service of an instance. Every response has the same access key.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

export interface CredentialsRequest {
  readonly method: string;
  readonly path: string;
  /** In the form `key/date/region/service/aws4_request`; undefined if the request is not signed. */
  readonly scope: string | undefined;
  readonly peerPort: number | undefined;
}

export class FakeCredentials {
  readonly requests: CredentialsRequest[] = [];
  /** `hang`: no response. `stall`: a response that does not end. */
  mode: 'answer' | 'hang' | 'stall' | 'reset' | 'unavailable' = 'answer';
  readonly sockets = new Set<Socket>();
  readonly #server = createServer((request, response) => this.#answer(request, response));

  static async start(): Promise<FakeCredentials> {
    const fake = new FakeCredentials();
    fake.#server.on('connection', (socket: Socket) => {
      fake.sockets.add(socket);
      socket.on('close', () => fake.sockets.delete(socket));
    });
    fake.#server.listen(0, '127.0.0.1');
    await once(fake.#server, 'listening');
    return fake;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.#server.close();
    for (const socket of this.sockets) socket.destroy();
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const { method = '', url: path = '', headers, socket } = request;
    const scope = /Credential=([^,]+)/.exec(headers.authorization ?? '')?.[1];
    this.requests.push({ method, path, scope, peerPort: socket.remotePort });
    if (this.mode === 'hang') return;
    if (this.mode === 'reset') socket.resetAndDestroy();
    else if (this.mode === 'unavailable') response.writeHead(503).end('{}');
    else if (this.mode === 'stall') response.writeHead(200, { 'content-length': 1000 }).write('{"Access');
    else {
      let body = '';
      request.on('data', (chunk) => {
        body += chunk;
      });
      request.on('end', () => response.end(answerTo(path, body)));
    }
  }
}

export const fakeKeyId = 'fresh';
const expiration = '2099-01-01T00:00:00Z';

function answerTo(path: string, body: string): string {
  const action = /Action=(\w+)/.exec(body)?.[1];
  if (action) return toStsAnswer(action);
  if (path.startsWith('/federation/credentials')) {
    const keys = { accessKeyId: fakeKeyId, secretAccessKey: 'fake', sessionToken: 'fake' };
    return JSON.stringify({ roleCredentials: { ...keys, expiration: Date.parse(expiration) } });
  }
  if (path === '/latest/api/token') return 'a-token';
  if (path === '/latest/meta-data/iam/security-credentials/') return 'a-role';
  const keys = { AccessKeyId: fakeKeyId, SecretAccessKey: 'fake', Token: 'fake' };
  return JSON.stringify({ Code: 'Success', ...keys, Expiration: expiration });
}

function toStsAnswer(action: string): string {
  const keys = `<AccessKeyId>${fakeKeyId}</AccessKeyId><SecretAccessKey>fake</SecretAccessKey>`;
  const session = `${keys}<SessionToken>fake</SessionToken><Expiration>${expiration}</Expiration>`;
  const result = `<${action}Result><Credentials>${session}</Credentials></${action}Result>`;
  return `<${action}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/">${result}</${action}Response>`;
}
