/** A running plugin with metrics and a status page, whose log group has a hostile name. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { Plugin } from '../../plugin/plugin.js';
import { settingsSchema } from '../../src/settings/settings.js';
import { type FakeKinesis, startFakeKinesis } from '../fakes/fake-kinesis.js';
import { startReceiver } from '../fakes/receiver.js';

export const hostileName = '/aws/<img src=x onerror=alert(1)><script>alert(2)</script>"\'&';

export interface WatchedPlugin {
  /** Of the status page. */
  readonly url: string;
  /** Puts so many records into the stream; of each fifty, one has a message of no format. */
  put(records: number): void;
}

const stream = 'vpc-flow-logs';

/** Runs it while the work runs. */
export async function withWatchedPlugin(work: (plugin: WatchedPlugin) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'interop-page-'));
  const kinesis = await startFakeKinesis({ clock: Date });
  const receiver = await startReceiver();
  Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'fake', AWS_SECRET_ACCESS_KEY: 'fake' });
  kinesis.createStream(stream, { shards: 4 });
  const { endpoint, region } = kinesis;
  const checkpoint = { type: 'file', path: join(folder, 'checkpoint.json') };
  const plugin = new Plugin(
    settingsSchema.parse({
      input: { stream, endpoint, region, startAt: 'earliest', idleDelayMs: 200, checkpoint },
      output: { type: 'tcp', host: receiver.host, port: receiver.port, rotateMs: 100, confirmHoldMs: 50 },
      deadLetter: { path: join(folder, 'dead-letter.ndjson') },
      metrics: { port: 0 },
    }),
  );
  try {
    await plugin.start();
    await work({ url: String(plugin.pageUrl), put: (records) => put(kinesis, records) });
  } finally {
    await plugin.stop();
    await receiver.close();
    await kinesis.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

function put(kinesis: FakeKinesis, records: number): void {
  for (let index = 0; index < records; index++) {
    const timestamp = Date.now();
    const end = Math.floor(timestamp / 1000);
    const flow = `2 123456789012 eni-0a1b2c3d 192.0.2.1 198.51.100.2 49152 443 6 10 1000 ${end - 60} ${end} ACCEPT OK`;
    const messages = index % 50 === 0 ? [flow, 'of no format'] : [flow];
    const logEvents = messages.map((message, id) => ({ id: `${index}-${id}`, timestamp, message }));
    const place = { owner: '123456789012', logGroup: hostileName, logStream: hostileName, subscriptionFilters: ['f'] };
    const payload = { messageType: 'DATA_MESSAGE', ...place, logEvents };
    kinesis.put(stream, gzipSync(JSON.stringify(payload)), String(index));
  }
}
