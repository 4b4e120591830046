/** `kcl --print-properties`: the properties file of a MultiLangDaemon, made from the manifest. */
import { resolve } from 'node:path';
import { isArn, regionOf, toStreamName } from '../../../src/aws/arn.js';
import type { InputSettings } from '../../../src/settings/settings.js';
import type { PushedSettings } from '../../pushed-settings.js';
import { CommandError } from '../exit.js';
import { loadChildSettings } from './load-settings.js';

/** What a shutdown takes besides waiting for confirmations. */
const marginMs = 5000;

export function printProperties(manifest: string, write: (text: string) => void): void {
  write(formatProperties(loadChildSettings(manifest), resolve(manifest)));
}

/** @param manifest absolute path */
export function formatProperties({ input, drainTimeoutMs }: PushedSettings, manifest: string): string {
  // The daemon cuts the command at each blank.
  if (/\s/.test(manifest)) throw new CommandError(`Expected a manifest whose path has no space, got "${manifest}"`);
  const shutdownMs = drainTimeoutMs + marginMs;
  return `# Properties of KCL's MultiLangDaemon, for KCL 2.x and 3.x:
#   java -Xmx256m -cp 'jars/*' software.amazon.kinesis.multilang.MultiLangDaemon --properties-file FILE
# kinesis-snare has to be on the PATH of the daemon.
executableName = kinesis-snare kcl --manifest ${manifest}
processingLanguage = nodejs/${process.versions.node.split('.')[0]}
${formatStream(input)}
# Names the lease table. Every worker of a fleet has the same one.
applicationName = kinesis-snare-${toStreamName(input.stream)}
# The first name is of KCL 3, the second of KCL 2; each skips the other.
AWSCredentialsProvider = DefaultCredentialsProvider,DefaultAWSCredentialsProviderChain
${formatStart(input.startAt)}

# Without this, an idle shard never stores what is confirmed later.
callProcessRecordsEvenForEmptyRecordList = true
idleTimeBetweenReadsInMillis = ${input.idleDelayMs}
# drainTimeoutMs of the manifest and a margin. Its default, 0, ends a child without asking it to finish.
shutdownGraceMillis = ${shutdownMs}
# A worker that is silent for this long loses its shards. A shutdown has to fit into it.
failoverTimeMillis = ${shutdownMs}
# The place that is stored is that of a record which KCL has delivered.
validateSequenceNumberBeforeCheckpointing = false
retrievalMode = polling
# Each metric of CloudWatch is charged.
metricsLevel = NONE
`;
}

function formatStream({ stream, region, endpoint, assumeRole, proxy }: InputSettings): string {
  const lines = [`streamName = ${toStreamName(stream)}`];
  if (isArn(stream)) lines.push(`streamArn = ${stream}`);
  const known = region ?? regionOf(stream);
  lines.push(known === undefined ? '# regionName = the region of the stream; required' : `regionName = ${known}`);
  if (endpoint !== undefined) lines.push(`kinesisEndpoint = ${endpoint}`);
  if (assumeRole) lines.push(`# KCL does not read input.assumeRole: give the daemon credentials of ${assumeRole.arn}`);
  if (proxy !== undefined) lines.push('# KCL does not read input.proxy: see the options of its own HTTP client');
  return lines.join('\n');
}

function formatStart(startAt: InputSettings['startAt']): string {
  if (startAt === 'latest') return 'initialPositionInStream = LATEST';
  if (startAt === 'earliest') return 'initialPositionInStream = TRIM_HORIZON';
  return `initialPositionInStreamExtended = ${Math.floor(Date.parse(startAt) / 1000)}`;
}
