/**
 * The inputs of the benchmark: Kinesis records in the form that a CloudWatch Logs subscription writes, one network interface
 * for each record, generated from a seed.
 */
import { gzipSync } from 'node:zlib';
import { createRandom } from '../fixtures/random.js';
import { makeOdd, type OddLines } from './odd-lines.js';
import { type FlowLogTraits, type RandomFlowLog, RandomInterface, version5Format } from './random-flow-logs.js';

export interface InputSpec {
  readonly name: string;
  readonly flowsPerRecord: number;
  readonly traits: FlowLogTraits;
  /** If omitted, no line is odd. */
  readonly odd?: OddLines;
  /** Whether each event has `extractedFields`, as with a subscription whose filter pattern is in brackets. */
  readonly hasExtractedFields?: boolean;
  /** Whether a run of the program needs a new record each time. Other inputs have few records, which repeat. */
  readonly isUnique?: boolean;
}

export interface BenchInput {
  readonly spec: InputSpec;
  readonly records: readonly Uint8Array[];
}

/** Each interface has its own log stream, and its records repeat. */
const mostInterfaces = 200;
const v2 = { version: 2 } as const;
const monthSeconds = 30 * 24 * 3600;

/** The input with which those with odd lines and those with small records are compared. */
export const smoothInput = 'v2';

export const inputSpecs = [
  { name: smoothInput, flowsPerRecord: 2000, traits: v2 },
  { name: 'v2-skipdata', flowsPerRecord: 2000, traits: v2, odd: { one: 'skip-data' } },
  { name: 'v2-escape', flowsPerRecord: 2000, traits: v2, odd: { one: 'escape' } },
  { name: 'v2-extracted', flowsPerRecord: 2000, traits: v2, hasExtractedFields: true },
  {
    name: 'v2-mixed',
    flowsPerRecord: 2000,
    traits: { ...v2, noDataShare: 0.02, ipv6Share: 0.2 },
    odd: { shares: { 'skip-data': 0.02, milliseconds: 0.03, 'double-blank': 0.02, foreign: 0.01 } },
  },
  { name: 'v2-unique', flowsPerRecord: 2000, traits: v2, isUnique: true },
  { name: 'v5', flowsPerRecord: 2000, traits: { version: 5 } },
  { name: 'nodata', flowsPerRecord: 2000, traits: { ...v2, noDataShare: 0.7 } },
  { name: 'ipv6', flowsPerRecord: 2000, traits: { ...v2, ipv6Share: 1 } },
  { name: 'scattered', flowsPerRecord: 2000, traits: { ...v2, spreadSeconds: monthSeconds } },
  { name: 'v2-5', flowsPerRecord: 5, traits: v2 },
  { name: 'v2-20', flowsPerRecord: 20, traits: v2 },
  { name: 'v2-50', flowsPerRecord: 50, traits: v2 },
  { name: 'v2-500', flowsPerRecord: 500, traits: v2 },
  { name: 'v2-5000', flowsPerRecord: 5000, traits: v2 },
] as const satisfies readonly InputSpec[];

export type InputName = (typeof inputSpecs)[number]['name'];

export function specOf(name: string): InputSpec {
  const spec = inputSpecs.find((known) => known.name === name);
  if (!spec) throw new TypeError(`Expected the name of an input, got "${name}"`);
  return spec;
}

/** The value of `input.formats` that the input requires. */
export function formatsOf({ traits }: InputSpec): readonly string[] {
  return traits.version === 5 ? [version5Format] : [];
}

/** @param flows requested number of flow logs, rounded to whole records of the input's size */
export function makeInput(spec: InputSpec, seed: number, flows: number): BenchInput {
  const random = createRandom(seed);
  const count = Math.max(1, Math.round(flows / spec.flowsPerRecord));
  const interfaces = Array.from(
    { length: Math.min(mostInterfaces, count) },
    () => new RandomInterface(spec.traits, random),
  );
  const records = Array.from({ length: count }, (_, index) => {
    return makeRecord(interfaces[index % interfaces.length] as RandomInterface, spec, random);
  });
  return { spec, records };
}

function makeRecord(
  networkInterface: RandomInterface,
  { flowsPerRecord, odd = {}, hasExtractedFields }: InputSpec,
  random: () => number,
): Uint8Array {
  const batch = BigInt(Math.floor(random() * 2 ** 32)) << 80n;
  const flowLogs = makeOdd(networkInterface.flowLogs(flowsPerRecord), odd, random);
  const payload = {
    messageType: 'DATA_MESSAGE',
    owner: '123456789012',
    logGroup: '/aws/vpc/flow-logs',
    logStream: `${networkInterface.id}-all`,
    subscriptionFilters: ['to-snare'],
    logEvents: flowLogs.map((flowLog, index) => ({
      ...toLogEvent(flowLog, batch, index),
      ...(hasExtractedFields && { extractedFields: extractFields(flowLog) }),
    })),
  };
  return gzipSync(JSON.stringify(payload));
}

/** The ids of CloudWatch Logs have 56 digits: the timestamp, a part for the batch, and the index in the batch. */
function toLogEvent({ startSeconds, message }: RandomFlowLog, batch: bigint, index: number) {
  const timestamp = startSeconds * 1000;
  return { id: String((BigInt(timestamp) << 144n) + batch + BigInt(index)), timestamp, message };
}

/**
 * The names of the fields in AWS' example of a filter pattern. CloudWatch Logs writes them in an order that is not that of the
 * pattern; this one was seen.
 */
const extractedNames = [
  ...(['srcaddr', 'dstport', 'start', 'dstaddr', 'version', 'packets', 'protocol'] as const),
  ...(['account_id', 'interface_id', 'log_status', 'bytes', 'srcport', 'action', 'end'] as const),
];
const pattern = [
  ...(['version', 'account_id', 'interface_id', 'srcaddr', 'dstaddr', 'srcport', 'dstport'] as const),
  ...(['protocol', 'packets', 'bytes', 'start', 'end', 'action', 'log_status'] as const),
];
const extractedPlaces = extractedNames.map((name) => [name, pattern.indexOf(name)] as const);

function extractFields({ message }: RandomFlowLog): Readonly<Record<string, string | undefined>> {
  const values = message.split(' ');
  return Object.fromEntries(extractedPlaces.map(([name, at]) => [name, values[at]]));
}
