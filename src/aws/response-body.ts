/**
 * Reads the body of a response within limits of size, time and rate, so that a server that answers instead of AWS can exhaust
 * neither memory nor time. Only time spent waiting for the remote side counts, so a slow caller does not make a response slow.
 * Silence is handled elsewhere, by the timeout of the socket.
 */
import type { Readable } from 'node:stream';
import type { Clock } from '../clock.js';

export interface BodyLimits {
  /** For the error, such as `GetRecords`. */
  readonly operation: string;
  readonly maxBytes: number;
  readonly clock: Pick<Clock, 'monotonic'>;
}

/** The response broke a limit. The caller may retry; a shard then asks for less. */
export class ResponseLimitError extends Error {
  override readonly name: 'ResponseTooLarge' | 'ResponseTooSlow';

  constructor(name: ResponseLimitError['name'], message: string) {
    super(message);
    this.name = name;
  }
}

/** Longest wait for a whole body. At the minimum rate that is 4.7 MiB; a full response of GetRecords requires 47 KiB/s. */
const maxBodyMs = 300_000;
/** The rate is checked only after this time; a small body is complete before. */
const rateMs = 30_000;
const leastBytesPerSecond = 16 * 1024;

/**
 * Yields the parts of the body as they arrive. When a limit is broken, throws a `ResponseLimitError` and closes the connection;
 * the announced length is checked too.
 */
export async function* readBody(
  body: Readable,
  announcedBytes: number | undefined,
  limits: BodyLimits,
): AsyncGenerator<Buffer> {
  const { operation, maxBytes, clock } = limits;
  if (announcedBytes !== undefined && announcedBytes > maxBytes) {
    body.destroy();
    throw tooLarge(limits);
  }
  let [bytes, waitedMs, windowBytes, windowMs] = [0, 0, 0, 0];
  let sinceMs = clock.monotonic();
  for await (const part of body as AsyncIterable<Buffer>) {
    const ms = clock.monotonic() - sinceMs;
    bytes += part.length;
    waitedMs += ms;
    windowBytes += part.length;
    windowMs += ms;
    if (bytes > maxBytes) throw tooLarge(limits);
    if (waitedMs > maxBodyMs) throw tooSlow(operation, `took more than ${maxBodyMs / 1000} s`);
    if (windowMs >= rateMs) {
      const perSecond = Math.round((windowBytes / windowMs) * 1000);
      if (perSecond < leastBytesPerSecond) throw tooSlow(operation, `came at ${perSecond} bytes a second`);
      [windowBytes, windowMs] = [0, 0];
    }
    yield part;
    sinceMs = clock.monotonic();
  }
}

/** All parts as one. */
export async function collect(parts: AsyncIterable<Buffer>): Promise<Buffer> {
  const list: Buffer[] = [];
  for await (const part of parts) list.push(part);
  return Buffer.concat(list);
}

function tooLarge({ operation, maxBytes }: BodyLimits): ResponseLimitError {
  const message = `the response to ${operation} is larger than ${maxBytes / mib} MiB, which AWS never sends; a proxy or a gateway on the way may have sent it`;
  return new ResponseLimitError('ResponseTooLarge', message);
}

function tooSlow(operation: string, how: string): ResponseLimitError {
  const message = `the response to ${operation} ${how} and was abandoned; check the network and the proxy`;
  return new ResponseLimitError('ResponseTooSlow', message);
}

const mib = 1024 * 1024;
