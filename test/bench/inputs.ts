/**
 * The inputs of the benchmark: Kinesis records in the form that a CloudWatch Logs subscription writes, one network interface
 * for each record, generated from a seed.
 */
import { gzipSync } from 'node:zlib';
import { createRandom } from '../fixtures/random.js';
import { type FlowLogTraits, type RandomFlowLog, RandomInterface, version5Format } from './random-flow-logs.js';

export interface InputSpec {
  readonly name: string;
  readonly flowsPerRecord: number;
  readonly traits: FlowLogTraits;
}

export interface BenchInput {
  readonly spec: InputSpec;
  readonly records: readonly Uint8Array[];
}

/** Each interface has its own log stream, and its records repeat. */
const mostInterfaces = 200;
const v2 = { version: 2 } as const;
const monthSeconds = 30 * 24 * 3600;

export const inputSpecs = [
  { name: 'v2', flowsPerRecord: 2000, traits: v2 },
  { name: 'v5', flowsPerRecord: 2000, traits: { version: 5 } },
  { name: 'nodata', flowsPerRecord: 2000, traits: { ...v2, noDataShare: 0.7 } },
  { name: 'ipv6', flowsPerRecord: 2000, traits: { ...v2, isIpv6: true } },
  { name: 'scattered', flowsPerRecord: 2000, traits: { ...v2, spreadSeconds: monthSeconds } },
  { name: 'v2-5', flowsPerRecord: 5, traits: v2 },
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
    return makeRecord(interfaces[index % interfaces.length] as RandomInterface, spec.flowsPerRecord, random);
  });
  return { spec, records };
}

function makeRecord(networkInterface: RandomInterface, flows: number, random: () => number): Uint8Array {
  const batch = BigInt(Math.floor(random() * 2 ** 32)) << 80n;
  const payload = {
    messageType: 'DATA_MESSAGE',
    owner: '123456789012',
    logGroup: '/aws/vpc/flow-logs',
    logStream: `${networkInterface.id}-all`,
    subscriptionFilters: ['to-snare'],
    logEvents: networkInterface.flowLogs(flows).map((flowLog, index) => toLogEvent(flowLog, batch, index)),
  };
  return gzipSync(JSON.stringify(payload));
}

/** The ids of CloudWatch Logs have 56 digits: the timestamp, a part for the batch, and the index in the batch. */
function toLogEvent({ startSeconds, message }: RandomFlowLog, batch: bigint, index: number) {
  const timestamp = startSeconds * 1000;
  return { id: String((BigInt(timestamp) << 144n) + batch + BigInt(index)), timestamp, message };
}
