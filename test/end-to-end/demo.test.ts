/** What a newcomer sees first. */
import test from 'ava';
import { makeFolder, run } from './command.js';

test('the demo prints Snare lines of every kind on standard output, then a summary on standard error', async (t) => {
  const { code, stdout, stderr } = await run(t, await makeFolder(t), ['demo'], {});
  t.is(code, 0, stderr);
  const lines = stdout.trim().split('\n');
  const tables = lines.map((line) => line.split('\t')[1]);
  t.deepEqual(new Set(tables), new Set(['GenericLog', 'AWSVPCFlowLog', 'AWSGenericLog']));
  for (const part of ['"ACTION":"ACCEPT"', '"ACTION":"REJECT"', 'NODATA', 'SKIPDATA', 'tgw-', '2001:db8', '"vpc-id"']) {
    t.true(stdout.includes(part), part);
  }
  t.true(stderr.includes(`${lines.length} lines received, ${lines.length} confirmed`), stderr);
});
