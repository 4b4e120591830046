import { join } from 'node:path';
import test from 'ava';
import { loadSettings } from '../../plugin/manifest/manifest.js';
import { isLocked } from '../../src/checkpoint/lock.js';
import { StreamSource } from '../../src/pipeline/stream-source.js';
import { PluginEmitter } from '../../src/report/events.js';
import { Counters } from '../../src/report/stats.js';
import { makeFolder } from '../end-to-end/command.js';
import { startFakeKinesis } from '../fakes/fake-kinesis.js';
import { unwatched } from '../fakes/unwatched.js';

Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'fake', AWS_SECRET_ACCESS_KEY: 'fake' });

test('a stop while the checkpoint is being opened lets it go again', async (t) => {
  const kinesis = await startFakeKinesis({ clock: Date });
  t.teardown(() => kinesis.stop());
  kinesis.createStream('flow-logs', { shards: 1 });
  const path = join(await makeFolder(t), 'checkpoint.json');
  const { endpoint, region } = kinesis;
  const config = { input: { stream: 'flow-logs', endpoint, region, checkpoint: { type: 'file', path } } };
  const { settings } = loadSettings({ id: 'kinesis-snare', config });
  if (!settings.input) throw new TypeError('There is no input');
  let closed: Promise<boolean> | undefined;
  const source: StreamSource = new StreamSource({
    settings,
    input: settings.input,
    counters: new Counters(),
    events: new PluginEmitter(),
    clock: unwatched.clock,
    watch: unwatched,
    handOn: async () => {},
    // Called on the way to the checkpoint.
    onStream: () => {
      closed = source.stop().then(() => source.close());
    },
    onFault: () => {},
    onRecovery: () => {},
  });
  t.false(await source.start());
  t.true(await closed);
  t.false(await isLocked(path));
});
