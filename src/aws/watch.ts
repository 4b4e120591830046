/**
 * What the program has to know about every request to AWS: the time in its response, and whether it leaves this machine
 * unencrypted.
 */
import { isLoopback } from '../loopback.js';
import type { AwsClock } from './aws-clock.js';

/** The outcome of one call to AWS. */
export interface AwsCall {
  /** Such as `GetRecords`. */
  readonly operation: string;
  /** `ok`, `aborted`, or the name that AWS or Node gave the error. */
  readonly result: string;
  readonly ms: number;
}

/** The part of a request handler of the SDK that is used here. */
interface WatchedHandler {
  handle(
    request: never,
    options?: never,
  ): Promise<{ readonly response: { readonly headers: Readonly<Record<string, string>> } }>;
}

export class AwsWatch {
  readonly clock: AwsClock;
  /** Takes the outcome of each call. */
  readonly onCall: (call: AwsCall) => void;
  readonly #onPlain: (origin: string) => void;
  readonly #plainOrigins = new Set<string>();

  /** @param onPlain called once for each unencrypted endpoint, before the first request to it */
  constructor(clock: AwsClock, onPlain: (origin: string) => void, onCall: (call: AwsCall) => void = () => {}) {
    this.clock = clock;
    this.onCall = onCall;
    this.#onPlain = onPlain;
  }

  /** Records where requests will go. */
  noteEndpoint({ protocol, hostname, port }: Pick<URL, 'protocol' | 'hostname'> & { port?: number | string }): void {
    if (protocol !== 'http:' || isLoopback(hostname)) return;
    const origin = `http://${hostname}${port ? `:${port}` : ''}`;
    if (this.#plainOrigins.has(origin)) return;
    this.#plainOrigins.add(origin);
    this.#onPlain(origin);
  }

  /** Watches every request of the handler. */
  attach<Handler extends WatchedHandler>(handler: Handler): Handler {
    const { clock } = this;
    const handle = handler.handle.bind(handler);
    handler.handle = async (request, options) => {
      this.noteEndpoint(request);
      const sentMs = clock.monotonic();
      const result = await handle(request, options);
      const { headers } = result.response;
      if (isFromAws(headers)) clock.observe(headers.date, { sentMs, receivedMs: clock.monotonic() });
      return result;
    };
    return handler;
  }
}

/** A proxy or a gateway may answer instead of AWS, with a clock of its own. */
function isFromAws(headers: Readonly<Record<string, string>>): boolean {
  const { 'x-amzn-requestid': id = headers['x-amz-request-id'], 'content-type': type = '' } = headers;
  return id !== undefined || type.startsWith('application/x-amz-');
}
