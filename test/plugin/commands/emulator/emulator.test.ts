/** The command as a process: what it prints, and what it fills the stream with. That a run delivers it is in the tour of test/docs. */
import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import test from 'ava';
import { createLineSource } from '../../../../plugin/commands/emulator/flow-log-lines.js';
import { loadSettings } from '../../../../plugin/manifest/manifest.js';
import { makeFolder, start } from '../../../end-to-end/command.js';

const seed = 7;
const lines = 40;

test('the emulator prints a manifest that the program takes, and has the lines of its seed', async (t) => {
  const options = ['--seed', `${seed}`, '--lines', `${lines}`, '--rate', `${lines}`, '--port', '0', '--stream', 's'];
  const emulator = start(t, await makeFolder(t), ['emulator', ...options]);
  while (!emulator.stderr().includes('gets no more')) {
    const ended = await Promise.race([emulator.ended, new Promise((resolve) => setTimeout(resolve, 20))]);
    if (ended) return t.fail(emulator.stderr());
  }
  const { input, output } = loadSettings(JSON.parse(emulator.stdout()) as object).settings;
  if (!input) return t.fail('There is no input');
  t.like(input, { stream: 's', endpoint: input.logsEndpoint });
  t.is(output?.type, 'stdout');

  const { region = '', logsEndpoint: endpoint = '', logGroups } = input;
  const credentials = { accessKeyId: 'emulated', secretAccessKey: 'emulated' };
  const client = new CloudWatchLogsClient({ region, endpoint, credentials });
  t.teardown(() => client.destroy());
  const pages = await Promise.all(
    logGroups.map((logGroupName) => client.send(new FilterLogEventsCommand({ logGroupName }))),
  );
  const events = pages.flatMap(({ events = [] }) => events);
  const expected = createLineSource(seed).next(lines, Number(events[0]?.timestamp) / 1000);
  t.deepEqual(events.map(({ message = '' }) => message).toSorted(), expected.map(({ message }) => message).toSorted());

  emulator.child.kill('SIGINT');
  t.is((await emulator.ended).code, 0);
});
