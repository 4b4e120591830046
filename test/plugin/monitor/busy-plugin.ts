/** A plugin that has read everything that can come: flow logs, what fits no format, what is no payload, and an outage. */
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { ExecutionContext } from 'ava';
import { Plugin } from '../../../plugin/plugin.js';
import { settingsSchema } from '../../../src/settings/settings.js';
import { makeFolder } from '../../end-to-end/command.js';
import { startFakeKinesis } from '../../fakes/fake-kinesis.js';
import { startReceiver } from '../../fakes/receiver.js';
import { defaultLines } from '../../fixtures/flow-logs.js';
import { toFakeInput } from '../fake-input.js';

// The fake takes any; without them the SDK would look for real ones.
Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'fake', AWS_SECRET_ACCESS_KEY: 'fake' });

export function toPayload(messageType: string, messages: readonly string[]): Uint8Array {
  const logEvents = messages.map((message, index) => ({ id: String(index), timestamp: Date.now(), message }));
  const place = { owner: '123456789012', logGroup: '/aws/vpc/flow-logs', logStream: 'eni' };
  return gzipSync(JSON.stringify({ messageType, ...place, subscriptionFilters: ['f'], logEvents }));
}

/** Resolves once everything is confirmed. The plugin runs until the end of the test. */
export async function startBusyPlugin(t: ExecutionContext): Promise<Plugin> {
  const kinesis = await startFakeKinesis({ clock: Date });
  const receiver = await startReceiver();
  kinesis.createStream('s', { shards: 2 });
  const records = [
    toPayload('DATA_MESSAGE', defaultLines),
    toPayload('DATA_MESSAGE', [...defaultLines, 'a message of no format', 'another of no format at all']),
    toPayload('CONTROL_MESSAGE', ['CWL CONTROL MESSAGE: Checking health of destination Kinesis stream.']),
    Buffer.from('not a payload'),
  ];
  for (const [index, data] of records.entries()) kinesis.put('s', data, String(index));
  const folder = await makeFolder(t);
  const { host, port } = receiver;
  const settings = settingsSchema.parse({
    input: toFakeInput(kinesis, 's', folder),
    output: { type: 'tcp', host, port, rotateMs: 100, confirmHoldMs: 50, reconnectMaxMs: 100 },
    deadLetter: { path: join(folder, 'dead-letter.ndjson') },
  });
  await receiver.kill();
  const plugin = new Plugin(settings);
  t.teardown(async () => {
    await plugin.stop();
    await receiver.close();
    await kinesis.stop();
  });
  await plugin.start();
  while (plugin.stats().faults['output-unreachable'] === undefined)
    await new Promise((resolve) => setTimeout(resolve, 20));
  await receiver.restart();
  t.true(await plugin.whenCaughtUp(AbortSignal.timeout(60_000)));
  return plugin;
}
