/**
 * The part of EC2 that DescribeFlowLogs requires, over HTTP in EC2's own protocol, so that a test uses the real SDK. It takes
 * form fields and returns XML, in pages of a size that the test chooses.
 *
 *     const ec2 = await startFakeEc2();
 *     ec2.flowLogs.push({ logGroup: '/aws/vpc/flow-logs', format: '${version} ${action}' });
 *     ec2.refusal = 'UnauthorizedOperation';
 *     await ec2.stop();
 */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export interface FakeFlowLog {
  readonly format: string;
  readonly logGroup?: string;
  /** ARN of the log group, for a flow log that was created with an ARN. */
  readonly destination?: string;
}

export async function startFakeEc2(): Promise<FakeEc2> {
  const ec2 = new FakeEc2();
  await ec2.start();
  return ec2;
}

export class FakeEc2 {
  readonly flowLogs: FakeFlowLog[] = [];
  perPage = 1000;
  /** While set, the code with which every request is rejected. */
  refusal: string | undefined;
  /** Filters of the requests, such as `log-group-name=/aws/vpc/flow-logs`. */
  readonly requests: string[] = [];
  readonly #server: Server;

  constructor() {
    this.#server = createServer(async (request, response) => {
      const { status, body } = this.#answer(new URLSearchParams(await text(request)));
      response.writeHead(status, { 'content-type': 'text/xml' }).end(`<?xml version="1.0"?>${body}`);
    });
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async start(): Promise<void> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  #answer(form: URLSearchParams): { readonly status: number; readonly body: string } {
    const [name, value] = [form.get('Filter.1.Name'), form.get('Filter.1.Value.1')];
    this.requests.push(`${name}=${value}`);
    if (this.refusal) {
      const error = `<Error><Code>${this.refusal}</Code><Message>You are not authorized.</Message></Error>`;
      const status = this.refusal === 'RequestLimitExceeded' ? 503 : 403;
      return { status, body: `<Response><Errors>${error}</Errors><RequestID>1</RequestID></Response>` };
    }
    const found = this.flowLogs.filter(({ logGroup }) => name !== 'log-group-name' || logGroup === value);
    const from = Number(form.get('NextToken') ?? 0);
    const to = from + this.perPage;
    const items = found.slice(from, to).map(toXml).join('');
    const next = to < found.length ? `<nextToken>${to}</nextToken>` : '';
    return {
      status: 200,
      body: `<DescribeFlowLogsResponse><flowLogSet>${items}</flowLogSet>${next}</DescribeFlowLogsResponse>`,
    };
  }
}

function toXml({ format, logGroup, destination }: FakeFlowLog): string {
  const group = logGroup === undefined ? '' : `<logGroupName>${logGroup}</logGroupName>`;
  const arn = destination === undefined ? '' : `<logDestination>${destination}</logDestination>`;
  return `<item>${group}${arn}<logDestinationType>cloud-watch-logs</logDestinationType><logFormat>${format}</logFormat></item>`;
}
