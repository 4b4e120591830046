/** What the emulator puts into its stream. */
import test from 'ava';
import { createLineSource, emulatedGroups } from '../../../../plugin/commands/emulator/flow-log-lines.js';
import { DEFAULT_FORMAT, TRANSIT_GATEWAY_FORMAT } from '../../../../src/flow-log/default-formats.js';
import { parseFlowLog } from '../../../../src/flow-log/parse.js';
import { parseFormat } from '../../../../src/flow-log-format.js';

const start = 1_700_000_000;

test('the same seed gives the same lines, and another seed gives others', (t) => {
  const lines = createLineSource(7).next(200, start);
  const again = createLineSource(7);
  t.deepEqual([...again.next(50, start), ...again.next(150, start)], lines);
  t.notDeepEqual(createLineSource(8).next(200, start), lines);
});

test('a minute of the default rate has every kind of line, each in the format of its log group', (t) => {
  const kinds = new Set<string>();
  for (const { logGroup, message } of createLineSource(1).next(600, start)) {
    const { format } = emulatedGroups.find((group) => group.logGroup === logGroup) ?? {};
    const own = format === undefined ? [] : [parseFormat(format)];
    const formats = [...own, DEFAULT_FORMAT, TRANSIT_GATEWAY_FORMAT].filter((known) => !('fault' in known));
    const parsed = parseFlowLog(message, formats as never);
    if ('reason' in parsed) {
      kinds.add('unparsed');
      t.regex(message, /^a line that is "no flow log"/);
    } else {
      const wordOf = (field: string) =>
        parsed.values[parsed.format.fields.findIndex(({ name }) => name === field)] ?? '-';
      const [action, status, srcaddr] = [wordOf('action'), wordOf('log-status'), wordOf('srcaddr')];
      kinds.add(`${logGroup} ${status === 'OK' ? action : status}`).add(srcaddr.includes(':') ? 'IPv6' : 'IPv4');
    }
  }
  const expected = [
    ...['ACCEPT', 'REJECT', 'NODATA', 'SKIPDATA'].map((kind) => `/aws/vpc/flow-logs ${kind}`),
    ...['ACCEPT', 'REJECT'].map((kind) => `/aws/vpc/custom-flow-logs ${kind}`),
    ...['/aws/transit-gateway/flow-logs -', 'IPv4', 'IPv6', 'unparsed'],
  ];
  t.deepEqual([...kinds].toSorted(), expected.toSorted());
});
