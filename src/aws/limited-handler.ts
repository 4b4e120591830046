/**
 * The request handler of every AWS client: Node's, with limits on the body of a response. It reads the body itself, so that no
 * SDK parser and no credentials provider reads one without limits.
 */
import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { Clock } from '../clock.js';
import { collect, readBody } from './response-body.js';

type Request = Parameters<NodeHttpHandler['handle']>[0];
type Result = Awaited<ReturnType<NodeHttpHandler['handle']>>;

const mib = 1024 * 1024;

/**
 * Most bytes of a response, for operations whose responses can be large; each limit is well above what AWS sends. GetRecords:
 * 10 MiB of data in base64 and the fields of 10,000 records. FilterLogEvents: 1 MB of messages, escaped, in 10,000 events.
 * DescribeFlowLogs: 1,000 flow logs with up to 50 tags each. ListShards: 10,000 shards. Scan: 1 MB of items with their types.
 */
const maxBytesOf: Readonly<Record<string, number>> = {
  GetRecords: 32 * mib,
  FilterLogEvents: 32 * mib,
  DescribeFlowLogs: 32 * mib,
  ListShards: 8 * mib,
  Scan: 8 * mib,
};
const otherMaxBytes = mib;

/**
 * Its caller reads the body itself with `readBody` and this limit, since the body arrives while records are taken out of it.
 */
export const streamedOperation = 'GetRecords';

export function maxBodyBytes(operation: string): number {
  return maxBytesOf[operation] ?? otherMaxBytes;
}

export class LimitedHandler extends NodeHttpHandler {
  readonly #clock: Pick<Clock, 'monotonic'>;

  constructor(options: ConstructorParameters<typeof NodeHttpHandler>[0], clock: Pick<Clock, 'monotonic'>) {
    super(options);
    this.#clock = clock;
  }

  override async handle(request: Request, options?: Parameters<NodeHttpHandler['handle']>[1]): Promise<Result> {
    const result = await super.handle(request, options);
    const operation = operationOf(request);
    if (operation === streamedOperation) return result;
    const { response } = result;
    const limits = { operation, maxBytes: maxBodyBytes(operation), clock: this.#clock };
    response.body = await collect(readBody(response.body, lengthOf(response.headers), limits));
    return result;
  }
}

/** Undefined for a body of unknown length. */
export function lengthOf(headers: Readonly<Record<string, string | undefined>>): number | undefined {
  const length = Number(headers['content-length'] ?? Number.NaN);
  return Number.isNaN(length) ? undefined : length;
}

/** JSON services name the operation in a header, query services in the form. */
function operationOf({ headers, body, path }: Request): string {
  const target = headers['x-amz-target']?.split('.').at(-1);
  const action = typeof body === 'string' ? /(?:^|&)Action=(\w+)/.exec(body)?.[1] : undefined;
  return target ?? action ?? path;
}
