/**
 * Reads the body of a response within limits of size, time and rate, so that whatever answers in place of AWS costs neither
 * memory without end nor time without end. Only the time that is spent waiting for the other side counts: a caller that
 * takes its time between two parts does not make a response slow. Silence is not a matter of this file; the time limit of
 * the socket ends it.
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

/** Longest wait for a whole body. At the least rate that is 4.7 MiB; a full response of GetRecords needs 47 KiB/s. */
const maxBodyMs = 300_000;
/** How long a body may be slow: one that is small comes to its end before its rate is looked at. */
const rateMs = 30_000;
const leastBytesPerSecond = 16 * 1024;

/**
 * The parts of the body as they arrive. Throws a `ResponseLimitError` and ends the connection when a limit is broken, also
 * when the announced length is above it.
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
  const message = `the response to ${operation} ${how} and was given up; check the network and the proxy`;
  return new ResponseLimitError('ResponseTooSlow', message);
}

const mib = 1024 * 1024;
