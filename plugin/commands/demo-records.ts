/** Kinesis records in the form that a CloudWatch Logs subscription writes, with every kind of line that the plugin handles. */
import { createControlRecord, createDataRecord, createEventId } from './emulator/subscription-record.js';

export interface DemoRecord {
  readonly partitionKey: string;
  readonly data: Uint8Array;
}

const account = '123456789012';
const eni = 'eni-0a1b2c3d4e5f60718';

export function createDemoRecords(nowMs: number): readonly DemoRecord[] {
  const end = Math.floor(nowMs / 1000);
  const start = end - 60;
  const v2 = (fields: string) => `2 ${account} ${eni} ${fields}`;
  const flow = (group: string, lines: readonly string[]) => toRecord(group, lines, start * 1000);
  const transitGateway = [
    `6 TransitGateway ${account} tgw-0f1e2d3c4b5a69788 tgw-attach-0a1b2c3d4e5f60718 ${account} ${account}`,
    'vpc-0a1b2c3d vpc-1a2b3c4d subnet-0a1b2c3d subnet-1a2b3c4d eni-0a1b2c3d eni-1a2b3c4d use1-az1 use1-az2',
    `tgw-attach-1a2b3c4d5e6f70819 10.0.0.10 10.1.0.20 45122 443 6 12 3480 ${start} ${end} OK IPv4 0 0 0 0 19 us-east-1`,
    'egress - -',
  ].join(' ');
  return [
    { partitionKey: 'control', data: createControlRecord(nowMs) },
    {
      partitionKey: eni,
      data: flow('/aws/vpc/flow-logs', [
        v2(`203.0.113.12 10.0.0.5 52344 443 6 20 4249 ${start} ${end} ACCEPT OK`),
        v2(`198.51.100.7 10.0.0.5 40112 3389 6 3 180 ${start} ${end} REJECT OK`),
        v2(
          `2001:db8:1234:a100:8d6e:3477:df66:f105 2001:db8:1234:a102:3304:8879:34cf:4071 34892 22 6 54 8855 ${start} ${end} ACCEPT OK`,
        ),
        v2(`- - - - - - - ${start} ${end} - NODATA`),
        v2(`- - - - - - - ${start} ${end} - SKIPDATA`),
        'this line is not a flow log',
      ]),
    },
    {
      partitionKey: 'custom',
      data: flow('/demo/custom/flow-logs', [`10.0.0.5 203.0.113.12 ACCEPT vpc-0a1b2c3d egress ${end}`]),
    },
    { partitionKey: 'tgw', data: flow('/demo/transit-gateway', [transitGateway]) },
    { partitionKey: 'noise', data: Buffer.from('neither gzip nor a payload') },
  ];
}

function toRecord(logGroup: string, lines: readonly string[], timestamp: number): Uint8Array {
  const events = lines.map((message, index) => ({ id: createEventId(timestamp, BigInt(index)), timestamp, message }));
  return createDataRecord({ owner: account, logGroup, logStream: `${eni}-all`, filterName: 'to-snare' }, events);
}
