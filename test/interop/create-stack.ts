/**
 * Creates a stack in moto, by the query protocol of CloudFormation: three calls are not worth a client of the SDK. moto leaves
 * out the types that its CloudFormation does not know, which are filters and alarms. The filters are put here, with their
 * properties in the template; the alarms are only read by cfn-lint.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { type CloudWatchLogsClient, PutSubscriptionFilterCommand } from '@aws-sdk/client-cloudwatch-logs';
import type { Moto } from './moto.js';

const name = 'flow-logs';

interface Template {
  readonly Resources: Readonly<Record<string, { readonly Type: string; readonly Properties: Properties }>>;
}
type Properties = Readonly<Record<string, string | { readonly 'Fn::GetAtt': readonly [string, 'Arn'] }>>;

/** Resolves with the types of what was created, in order; rejects with what CloudFormation says. */
export async function createStack(
  moto: Moto,
  logs: CloudWatchLogsClient,
  template: string,
): Promise<readonly string[]> {
  const parameters = { StackName: name, TemplateBody: template, 'Capabilities.member.1': 'CAPABILITY_IAM' };
  await ask(moto, 'CreateStack', parameters);
  for (;;) {
    const described = await ask(moto, 'DescribeStacks', { StackName: name });
    const [, status = ''] = /<StackStatus>(\w+)</.exec(described) ?? [];
    if (status === 'CREATE_COMPLETE') break;
    if (status !== 'CREATE_IN_PROGRESS') throw new Error(`The stack is ${status}: ${described}`);
    await delay(100);
  }
  const listed = await ask(moto, 'ListStackResources', { StackName: name });
  const types = [...listed.matchAll(/<ResourceType>([\w:]+)</g)].map(([, type]) => type ?? '');
  const outputs = await ask(moto, 'DescribeStacks', { StackName: name });
  const filters = Object.values((JSON.parse(template) as Template).Resources).filter(
    ({ Type }) => Type === 'AWS::Logs::SubscriptionFilter' && !types.includes(Type),
  );
  for (const { Properties: properties } of filters) await putFilter(logs, properties, outputs);
  return [...types, ...filters.map(({ Type }) => Type)];
}

/** The properties have the names of the parameters, except for their first letters. */
async function putFilter(logs: CloudWatchLogsClient, properties: Properties, outputs: string): Promise<void> {
  const parameters = Object.entries(properties).map(([property, value]) => {
    const [resource] = typeof value === 'string' ? [] : value['Fn::GetAtt'];
    const output = new RegExp(`<OutputKey>${resource}Arn</OutputKey>\\s*<OutputValue>([^<]+)<`).exec(outputs)?.[1];
    return [`${property[0]?.toLowerCase()}${property.slice(1)}`, typeof value === 'string' ? value : output];
  });
  await logs.send(new PutSubscriptionFilterCommand(Object.fromEntries(parameters)));
}

async function ask({ endpoint, region }: Moto, action: string, parameters: Record<string, string>): Promise<string> {
  // moto takes the service from the signature, which it does not check.
  const scope = `moto/20260101/${region}/cloudformation/aws4_request`;
  const headers = { authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=0` };
  const body = new URLSearchParams({ Action: action, Version: '2010-05-15', ...parameters });
  const response = await fetch(endpoint, { method: 'POST', headers, body });
  const text = await response.text();
  if (!response.ok) throw new Error(`${action} is refused with ${response.status}: ${text}`);
  return text;
}
