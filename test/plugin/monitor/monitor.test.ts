/** What the monitor does by itself, and when. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { Monitor } from '../../../plugin/monitor/monitor.js';
import { PluginEmitter } from '../../../src/report/events.js';
import type { Stats } from '../../../src/report/plugin-stats.js';
import { noOutput } from '../../../src/report/stats.js';
import { Timings } from '../../../src/report/timings.js';
import { settingsSchema } from '../../../src/settings/settings.js';
import { makeFolder } from '../../end-to-end/command.js';
import { HandClock } from '../../fakes/hand-clock.js';
import { exampleStats } from '../../report/example-snapshot.js';

async function setUp(t: ExecutionContext, more: () => Partial<Stats>) {
  const path = join(await makeFolder(t), 'checkpoint.json');
  const settings = settingsSchema.parse({ input: { stream: 's', checkpoint: { type: 'file', path } } });
  // Until it sleeps again, it has files to look at and to write.
  const clock: HandClock = new HandClock({ isBusy: () => clock.sleeping === 0 });
  const monitor = new Monitor({
    settings,
    input: settings.input as never,
    events: new PluginEmitter(),
    pipeline: { memory: undefined, timings: new Timings(() => 0).read() },
    output: undefined,
    stats: () => exampleStats(more()),
    state: () => 'running',
    clock,
    onFault: ({ message }) => t.fail(message),
    onRecovery: () => {},
  });
  t.teardown(() => monitor.close());
  return { monitor, clock, path };
}

test('the totals of all runs are written every ten seconds', async (t) => {
  let records = 0;
  const { monitor, clock, path } = await setUp(t, () => ({ records }));
  await monitor.start();
  await monitor.openTotals();
  const readTotals = async () => JSON.parse(await readFile(`${path}.totals.json`, 'utf8')).totals.records;
  records = 1;
  await clock.advance(9000);
  await t.throwsAsync(readTotals, { code: 'ENOENT' });
  await clock.advance(1000);
  t.is(await readTotals(), 1);
  records = 2;
  await clock.advance(9000);
  t.is(await readTotals(), 1);
  await clock.advance(1000);
  t.is(await readTotals(), 2);
});

test('without metrics, a line may wait 120 s for its confirmation before the process is not ready', async (t) => {
  let oldestAgeMs = 120_000;
  const { monitor } = await setUp(t, () => ({ output: { ...noOutput, oldestAgeMs } }));
  t.true(monitor.snapshot().health.isReady);
  oldestAgeMs++;
  t.false(monitor.snapshot().health.isReady);
});
