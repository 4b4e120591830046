/** Metrics of a plugin that has read everything that can come. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { Registry } from 'prom-client';
import { askStatus } from '../../../plugin/commands/status/ask-status.js';
import { FlowLogInput, PluginStartError } from '../../../plugin/index.js';
import { Plugin } from '../../../plugin/plugin.js';
import { settingsSchema } from '../../../src/settings/settings.js';
import { makeFolder } from '../../end-to-end/command.js';
import { startFakeKinesis } from '../../fakes/fake-kinesis.js';
import { defaultLines } from '../../fixtures/flow-logs.js';
import { toFakeInput } from '../fake-input.js';
import { startBusyPlugin, toPayload } from './busy-plugin.js';
import { differingCounters } from './counters.js';

test('every counter of the metrics equals stats(), after a resend, dead letters and faults', async (t) => {
  const plugin = await startBusyPlugin(t);
  const registry = new Registry();
  plugin.collectMetrics(registry);
  // The values are taken when the registry is asked, in the same turn.
  const [stats, text] = [plugin.stats(), registry.metrics()];
  t.deepEqual(differingCounters(await text, stats), []);
  t.is(stats.records, 4);
  t.is(stats.controlMessages, 1);
  t.is(stats.logStatus.SKIPDATA, 2);
  t.true(Object.keys(stats.unparsed).length > 0 && Object.keys(stats.deadLetters).length > 0);
  t.true(Number(stats.awsCalls.GetRecords?.ok) > 0);
  t.is(stats.faultsByStage.deliver?.['output-unreachable'], stats.faults['output-unreachable']);
  t.true(await plugin.stop());
});

test('a plugin whose access is taken away is not ready, at once and until it is back', async (t) => {
  const kinesis = await startFakeKinesis({ clock: Date });
  t.teardown(() => kinesis.stop());
  kinesis.createStream('s', { shards: 2 });
  const input = toFakeInput(kinesis, 's', await makeFolder(t));
  const plugin = new Plugin(
    settingsSchema.parse({ input, output: { type: 'file', path: join(await makeFolder(t), 'rows') } }),
  );
  const whenReady = async (isReady: boolean) => {
    while (plugin.snapshot()?.health.isReady !== isReady) await new Promise((resolve) => setTimeout(resolve, 10));
    return plugin.snapshot()?.health.reasons.join() ?? '';
  };
  await plugin.start();
  t.is(await whenReady(true), '');
  kinesis.fail({ operation: 'GetRecords', error: { code: 'AccessDeniedException' } });
  t.regex(await whenReady(false), /AccessDeniedException/);
  kinesis.mend();
  await whenReady(true);
  t.true(await plugin.stop());
});

test('each plugin of a registry has a label of its own, which never changes, until it stops', async (t) => {
  const registry = new Registry();
  const streams = async () => {
    const text = await registry.getSingleMetricAsString('kinesis_snare_ready');
    return [...text.matchAll(/stream="(.*?)"/g)].map(([, stream]) => stream);
  };
  const start = (input: object) => {
    const plugin = new Plugin(settingsSchema.parse({ input: { checkpoint: { type: 'memory' }, ...input } }));
    plugin.collectMetrics(registry);
    return plugin;
  };
  const first = start({ stream: 's', region: 'eu-west-1' });
  const others = [
    start({ stream: 'arn:aws:kinesis:us-east-1:123456789012:stream/s' }),
    start({ stream: 's', region: 'us-east-1' }),
    start({ stream: 'other' }),
    start({ stream: 'other' }),
  ];
  first.collectMetrics(registry);
  const labels = ['us-east-1/s', 'us-east-1/s#2', 'other', 'other#2'];
  t.deepEqual(await streams(), ['s', ...labels]);
  await first.stop();
  t.deepEqual(await streams(), labels);
  t.throws(() => first.collectMetrics(registry), { instanceOf: PluginStartError, message: /was stopped/ });
  const again = start({ stream: 's', region: 'eu-west-1' });
  t.deepEqual(await streams(), [...labels, 's']);
  registry.clear();
  again.collectMetrics(registry);
  t.deepEqual(await streams(), [...labels, 's'], 'the host has cleared its registry');
  for (const wrong of [undefined, {}])
    t.throws(() => again.collectMetrics(wrong as never), { instanceOf: TypeError, message: /expects a registry/ });
  await Promise.all([again, ...others].map((plugin) => plugin.stop()));
  t.deepEqual(await streams(), []);
});

test('a plugin without a stream has nothing to measure', (t) => {
  t.throws(() => new Plugin(settingsSchema.parse({})).collectMetrics(new Registry()), { instanceOf: PluginStartError });
});

test('the loop of a host answers with its status, and no longer once it has ended', async (t) => {
  const kinesis = await startFakeKinesis({ clock: Date });
  t.teardown(() => kinesis.stop());
  kinesis.createStream('s', { shards: 1 });
  kinesis.put('s', toPayload('DATA_MESSAGE', defaultLines), 'a');
  const folder = await makeFolder(t);
  await writeFile(join(folder, 'group'), 'a-group-from-a-file', { mode: 0o600 });
  const config = {
    input: { ...toFakeInput(kinesis, 's', folder), logGroups: [`\${file:${join(folder, 'group')}}`] },
    deadLetter: { path: join(folder, 'dead-letter.ndjson') },
    metrics: { port: 0 },
  };
  const settings = settingsSchema.parse({ ...config, input: { ...config.input, logGroups: [] } });
  for await (const { ack } of new FlowLogInput({ id: 'kinesis-snare', config })) {
    ack();
    const { state, health, stats, output, pageUrl = '' } = await askStatus(settings, 'manifest.json');
    t.is(state, 'running');
    t.deepEqual(health.reasons, []);
    t.is(stats.acknowledged, 1);
    t.is(output, undefined);
    const page = await (await fetch(pageUrl)).text();
    t.true(page.includes('(hidden)') && !page.includes('a-group-from-a-file'), 'no value from a file is on the page');
    break;
  }
  await t.throwsAsync(askStatus(settings, 'manifest.json'), { message: /No process uses the checkpoint/ });
});
