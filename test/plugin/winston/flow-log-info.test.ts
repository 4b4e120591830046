import test from 'ava';
import { type FlowLogInfo, nobody, toInfo } from '../../../plugin/winston/flow-log-info.js';
import { toFormat } from '../../../src/flow-log-format.js';
import { CommonRow } from '../../../src/pipeline/parse-event.js';

const format = toFormat(['version', 'srcaddr', 'dstaddr', 'start', 'end', 'tcp-flags']);
const event = { message: '5 10.0.0.1  10.0.0.2 1700000000 1700000060 19', timestamp: 1_700_000_000_000 };
const collected = { atMs: 1_700_000_100_000, offsetMinutes: 0 };

interface Info {
  readonly level: string;
  readonly message: string;
  snare: object | string;
}

function makeInfo(): { readonly info: Info; readonly flowLog: FlowLogInfo } {
  const flowLog = { item: new CommonRow(event, format, collected, 0), owner: nobody };
  return { info: toInfo(flowLog) as Info, flowLog };
}

test('an info has its level, the message and the row, however it is read', (t) => {
  const { info, flowLog } = makeInfo();
  const expected = { level: 'info', message: event.message, snare: flowLog.item.row };
  t.like(info.snare, { SRCADDR: '10.0.0.1', DSTADDR: '10.0.0.2', SNAREDATAMAP: { 'tcp-flags': '19' } });
  t.deepEqual(Object.keys(info), ['level', 'message', 'snare']);
  t.deepEqual(JSON.parse(JSON.stringify(info)), expected);
  for (const copy of [{ ...info }, Object.assign({}, info), structuredClone(info)]) t.like(copy, expected);
});

test('the row of an info is built once, when it is first read', (t) => {
  const { info, flowLog } = makeInfo();
  t.is(info.snare, info.snare);
  t.true(flowLog.item.row === info.snare);
});

test('a host may overwrite or delete the row of an info', (t) => {
  const { info, flowLog } = makeInfo();
  info.snare = 'mine';
  t.deepEqual({ ...info }.snare, 'mine');
  t.like(flowLog.item.row, { SRCADDR: '10.0.0.1' });
  t.true(Reflect.deleteProperty(info, 'snare'));
  t.deepEqual(Object.keys(info), ['level', 'message']);
});
