/**
 * Serves metrics, health and the status page. It only reads, has no password, and listens on the loopback unless the settings
 * allow more.
 */
import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { describeError, type ReportFault, type ReportRecovery } from '../../src/faults.js';
import { closeServer } from '../../src/local-server.js';
import { isLoopback } from '../../src/loopback.js';
import type { HistoryPoint } from '../../src/report/history.js';
import type { Snapshot } from '../../src/report/snapshot.js';
import { Failures } from '../../src/retry.js';
import type { Settings } from '../../src/settings/settings.js';
import { createMetricsText, type FormatMetrics } from './metrics-text.js';

export interface HttpServerOptions {
  /** The settings for the page, without secrets. */
  readonly shown: Settings;
  readonly metrics: NonNullable<Settings['metrics']>;
  readonly monitor: {
    snapshot(): Snapshot;
    history(points: number): readonly HistoryPoint[];
  };
  readonly onFault: ReportFault;
  readonly onRecovery: ReportRecovery;
}

interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Few clients are expected: a scraper, a probe, a browser. */
const maxConnections = 32;
const requestTimeoutMs = 10_000;

export class HttpServer {
  readonly #options: HttpServerOptions;
  #server: Server | undefined;
  readonly #connections = new Set<Socket>();
  #isClosed = false;
  #isRefused = false;
  #isLoaded = false;
  readonly #failures: Failures;
  #keeping: Promise<void> = Promise.resolve();
  #formatMetrics: FormatMetrics | undefined;

  constructor(options: HttpServerOptions) {
    this.#options = options;
    this.#failures = new Failures(options, operation);
  }

  /** Undefined until it listens. */
  get url(): string | undefined {
    const address = this.#server?.address() as AddressInfo | null | undefined;
    if (!address) return undefined;
    return `http://${address.family === 'IPv6' ? `[${address.address}]` : address.address}:${address.port}/`;
  }

  /** Listens, unless it already does. Never rejects: a fault is reported, and the next call tries again. */
  keep(): Promise<void> {
    this.#keeping = this.#keeping.then(() => this.#keep());
    return this.#keeping;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#keeping;
    const server = this.#server;
    this.#server = undefined;
    if (!server) return;
    const closed = closeServer(server);
    for (const connection of this.#connections) connection.destroy();
    await closed;
  }

  async #keep(): Promise<void> {
    const { metrics } = this.#options;
    if (this.#isClosed || this.#server || this.#isRefused) return;
    try {
      const address = await this.#resolve();
      if (address === undefined) return;
      await this.#openMetrics();
      this.#server = await this.#listen(address);
      this.#failures.succeeded();
    } catch (error) {
      const message = `Metrics and the status page cannot be served on ${metrics.host}:${metrics.port}, and this is retried: ${describeError(error)}`;
      this.#failures.failed({ ...notServed, message, cause: error });
    }
  }

  /** Undefined for an address that the settings do not allow; that does not change. */
  async #resolve(): Promise<string | undefined> {
    const { host, allowRemote } = this.#options.metrics;
    const { address } = await lookup(host.replace(/^\[(.*)\]$/, '$1'));
    if (allowRemote || isLoopback(address)) return address;
    this.#isRefused = true;
    this.#report(
      `Metrics and the status page are not served on "${host}", which other machines can reach and which has no password; set metrics.host to 127.0.0.1, or metrics.allowRemote to true`,
    );
    return undefined;
  }

  /** Before anything is served, since prom-client takes a while to load. */
  async #openMetrics(): Promise<void> {
    if (this.#isLoaded) return;
    this.#formatMetrics = await createMetricsText(() => this.#options.monitor.snapshot());
    this.#isLoaded = true;
    if (!this.#formatMetrics) this.#report(`${missingPackage}; health and the status page are served`);
  }

  /** What is not tried again, and so is in force until the end. */
  #report(message: string): void {
    this.#options.onFault({ ...notServed, message, operation });
  }

  /** Neither the server nor a connection keeps the process alive. */
  async #listen(host: string): Promise<Server> {
    const server = createServer({ requestTimeout: requestTimeoutMs, headersTimeout: requestTimeoutMs });
    server.maxConnections = maxConnections;
    server.on('connection', (socket) => {
      this.#connections.add(socket);
      socket.on('close', () => this.#connections.delete(socket)).unref();
    });
    server.on('request', (request, response) => void this.#respond(request, response));
    server.unref();
    server.listen({ host, port: this.#options.metrics.port, exclusive: true });
    await once(server, 'listening');
    return server;
  }

  async #respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { status, contentType, body, headers } = await this.#answer(request).catch(
      (error: unknown): Answer => toText(500, describeError(error)),
    );
    response.writeHead(status, {
      ...safeHeaders,
      ...headers,
      'content-type': contentType,
      'content-length': Buffer.byteLength(body),
    });
    response.end(request.method === 'HEAD' ? undefined : body);
  }

  async #answer({ method, url = '/', headers }: IncomingMessage): Promise<Answer> {
    if (method !== 'GET' && method !== 'HEAD') return { ...toText(405, 'Only GET'), headers: { allow: 'GET, HEAD' } };
    if (!this.#isAllowedHost(headers.host)) return toText(421, 'Use the address in the settings');
    const { monitor, shown } = this.#options;
    switch (url.split('?')[0]) {
      case '/metrics':
        return this.#answerMetrics(/application\/openmetrics-text/.test(headers.accept ?? ''));
      case '/healthz':
        return toHealth(monitor.snapshot(), 'isAlive');
      case '/readyz':
        return toHealth(monitor.snapshot(), 'isReady');
      case '/': {
        const { renderPage } = await import('./page/render-page.js');
        const { html, headers: policy } = renderPage({
          snapshot: monitor.snapshot(),
          history: monitor.history(plotSteps),
          shown,
        });
        return { status: 200, contentType: 'text/html; charset=utf-8', body: html, headers: policy };
      }
      default:
        return toText(404, 'There are /, /metrics, /healthz and /readyz');
    }
  }

  async #answerMetrics(isOpenMetrics: boolean): Promise<Answer> {
    if (!this.#formatMetrics) return toText(501, missingPackage);
    return { status: 200, ...(await this.#formatMetrics(isOpenMetrics)) };
  }

  /** Any page in a browser on this machine can send requests here, under a name of its own that leads to the loopback. */
  #isAllowedHost(host: string | undefined): boolean {
    const { metrics } = this.#options;
    if (metrics.allowRemote) return true;
    const name = (host ?? '').replace(/:\d+$/, '');
    return isLoopback(name) || name === metrics.host;
  }
}

const operation = 'metrics';
const notServed = { stage: 'report', code: 'metrics-not-served' } as const;

const plotSteps = 120;

const missingPackage = '/metrics requires the package "prom-client": npm install prom-client, and start again';

const safeHeaders = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
};

function toText(status: number, text: string): Answer {
  return { status, contentType: 'text/plain; charset=utf-8', body: `${text}\n` };
}

function toHealth({ health, state, version }: Snapshot, what: 'isAlive' | 'isReady'): Answer {
  const isGood = health[what];
  const { reasons } = health;
  const body = `${JSON.stringify({ status: isGood ? 'ok' : 'failing', state, version, reasons })}\n`;
  return { status: isGood ? 200 : 503, contentType: 'application/json', body };
}
