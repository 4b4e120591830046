/**
 * The formats of the flow logs of each log group, as EC2 knows them. The EC2 client is an optional package, loaded only when
 * needed.
 */
import type { FlowLog } from '@aws-sdk/client-ec2';
import { logGroupOf } from '../aws/arn.js';
import { createCall } from '../aws/call.js';
import { type ClientOptions, toClientConfig } from '../aws/client.js';
import { AwsError, toAwsError } from '../aws/error.js';
import { readPages } from '../aws/pages.js';
import { requireFields } from '../aws/response.js';
import { watchCalls } from '../aws/watch-calls.js';

export type FoundFormats = { readonly formats: ReadonlyMap<string, readonly string[]> } | { readonly refused: string };

export interface FlowLogLookUp {
  /**
   * The formats for all log groups that flow logs write to, in one listing. A request for each log group would let a sender of
   * made-up names use up the requests of the account. Rejects for a temporary fault. A permanent one is returned as `refused`,
   * a sentence with what to do.
   */
  listFormats(signal: AbortSignal): Promise<FoundFormats>;
  /** Closes connections. */
  close(): void;
}

/** The service is called rarely. */
const requestTimeoutMs = 15_000;

/** Resolves with undefined when the package is not installed. */
export async function createFlowLogLookUp(options: ClientOptions): Promise<FlowLogLookUp | undefined> {
  const sdk = await importClient();
  if (!sdk) return undefined;
  const client = watchCalls(new sdk.EC2Client(toClientConfig(options, requestTimeoutMs)), options.watch);
  const call = createCall(client, (error) => toAwsError(error, kinds));
  const describe = (filter: string, value: string, abortSignal: AbortSignal): Promise<readonly FlowLog[]> =>
    call(async () => {
      const Filter = [{ Name: filter, Values: [value] }];
      const ask = (NextToken: string | undefined) =>
        client.send(new sdk.DescribeFlowLogsCommand({ NextToken, Filter }), { abortSignal });
      const flowLogs: FlowLog[] = [];
      for await (const page of readPages('DescribeFlowLogs', ask, ({ NextToken }) => NextToken))
        flowLogs.push(...requireFields(page, page, { FlowLogs: 'list' }).FlowLogs);
      return flowLogs;
    }, abortSignal);
  return {
    async listFormats(signal) {
      try {
        return { formats: toFormats(await describe('log-destination-type', 'cloud-watch-logs', signal)) };
      } catch (error) {
        const refused = explainRefusal(error);
        if (refused === undefined) throw error;
        return { refused };
      }
    },
    close: () => client.destroy(),
  };
}

async function importClient(): Promise<typeof import('@aws-sdk/client-ec2') | undefined> {
  try {
    return await import('@aws-sdk/client-ec2');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND') return undefined;
    throw error;
  }
}

/** By log group, each format once. A flow log that was created with the group's ARN may not have its name as well. */
function toFormats(flowLogs: readonly FlowLog[]): ReadonlyMap<string, readonly string[]> {
  const formats = new Map<string, Set<string>>();
  for (const { LogGroupName, LogDestination = '', LogFormat } of flowLogs) {
    const logGroup = LogGroupName ?? logGroupOf(LogDestination);
    if (logGroup === undefined) continue;
    const found = formats.get(logGroup) ?? new Set();
    formats.set(logGroup, LogFormat ? found.add(LogFormat) : found);
  }
  return new Map([...formats].map(([logGroup, found]) => [logGroup, [...found]]));
}

/**
 * Error names of EC2, which differ from those of other services. Expired credentials are retried, like those for the stream.
 */
const kinds = {
  Blocked: 'refused',
  AuthFailure: 'transient',
  RequestExpired: 'transient',
  ExpiredToken: 'transient',
  ExpiredTokenException: 'transient',
  InvalidClientTokenId: 'transient',
  UnrecognizedClientException: 'transient',
} as const;

function explainRefusal(error: unknown): string | undefined {
  if (!(error instanceof AwsError) || !error.isHopeless) return undefined;
  return `AWS refused ec2:DescribeFlowLogs, so formats are not looked up and only the default formats of AWS are tried; allow it on "*", or give the formats in input.formats (${error.message})`;
}
