/**
 * Flow logs that look like those of an account: addresses, ports and sizes from a seed, in every kind that the plugin handles.
 * The same seed gives the same lines, except for their times.
 */
export interface LogLine {
  readonly logGroup: string;
  readonly logStream: string;
  readonly message: string;
}

export const emulatedAccount = '123456789012';

/** The log groups, each with its format if that is not one of AWS' default formats. */
export const emulatedGroups: readonly { readonly logGroup: string; readonly format?: string }[] = [
  { logGroup: '/aws/vpc/flow-logs' },
  {
    logGroup: '/aws/vpc/custom-flow-logs',
    format:
      '${version} ${vpc-id} ${subnet-id} ${interface-id} ${srcaddr} ${dstaddr} ${srcport} ${dstport} ${protocol} ${tcp-flags} ${pkt-srcaddr} ${flow-direction} ${packets} ${bytes} ${start} ${end} ${action} ${log-status}',
  },
  { logGroup: '/aws/transit-gateway/flow-logs' },
];

const [main = '', custom = '', gateway = ''] = emulatedGroups.map(({ logGroup }) => logGroup);
const interfaces = 6;

export interface LineSource {
  /** The next lines. Their flows started at this second and lasted a minute. */
  next(count: number, startSeconds: number): readonly LogLine[];
}

export function createLineSource(seed: number): LineSource {
  const random = createRandom(seed);
  return { next: (count, start) => Array.from({ length: count }, () => createLine(random, start)) };
}

interface Random {
  /** A whole number from 0 to below the limit. */
  below(limit: number): number;
  pick<Item>(items: readonly [Item, ...Item[]]): Item;
}

/** Mulberry32. */
function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const below = (limit: number) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit);
  };
  return { below, pick: (items) => items[below(items.length)] ?? items[0] };
}

/** Most lines are flows; the others are as rare as in a quiet account, but each comes within a minute at ten a second. */
function createLine(random: Random, start: number): LogLine {
  const kind = random.below(100);
  const end = start + 60;
  const eni = `eni-0a1b2c3d4e5f6071${random.below(interfaces)}`;
  const flowLog = (message: string): LogLine => ({ logGroup: main, logStream: `${eni}-all`, message });
  const prefix = `2 ${emulatedAccount} ${eni}`;
  if (kind < 60)
    return flowLog(`${prefix} ${createFlow(random, createIpv4)} ${start} ${end} ${createAction(random)} OK`);
  if (kind < 68)
    return flowLog(`${prefix} ${createFlow(random, createIpv6)} ${start} ${end} ${createAction(random)} OK`);
  if (kind < 72) return flowLog(`${prefix} - - - - - - - ${start} ${end} - NODATA`);
  if (kind < 74) return flowLog(`${prefix} - - - - - - - ${start} ${end} - SKIPDATA`);
  if (kind < 76) return flowLog(`a line that is "no flow log", number ${random.below(1000)}`);
  if (kind < 90) return { logGroup: custom, logStream: `${eni}-all`, message: createCustom(random, eni, start, end) };
  return { logGroup: gateway, logStream: 'tgw-attach-0a1b2c3d4e5f60718', message: createGateway(random, start, end) };
}

/** `srcaddr dstaddr srcport dstport protocol packets bytes` */
function createFlow(random: Random, createAddress: (random: Random) => string): string {
  const packets = 1 + random.below(200);
  const ports = [1024 + random.below(64_000), random.pick([22, 53, 80, 443, 3389, 5432])];
  const size = `${packets} ${packets * (40 + random.below(1400))}`;
  return `${createAddress(random)} ${createAddress(random)} ${ports.join(' ')} ${random.pick([6, 6, 6, 17])} ${size}`;
}

function createCustom(random: Random, eni: string, start: number, end: number): string {
  const [source, target, from, to, protocol, packets, size] = createFlow(random, createIpv4).split(' ');
  const flags = random.pick([2, 3, 18, 19]);
  const direction = random.pick(['ingress', 'egress']);
  return `5 vpc-0a1b2c3d subnet-0a1b2c3d ${eni} ${source} ${target} ${from} ${to} ${protocol} ${flags} ${source} ${direction} ${packets} ${size} ${start} ${end} ${createAction(random)} OK`;
}

function createGateway(random: Random, start: number, end: number): string {
  const [source, target, from, to, protocol, packets, size] = createFlow(random, createIpv4).split(' ');
  return [
    `6 TransitGateway ${emulatedAccount} tgw-0f1e2d3c4b5a69788 tgw-attach-0a1b2c3d4e5f60718 ${emulatedAccount} ${emulatedAccount}`,
    'vpc-0a1b2c3d vpc-1a2b3c4d subnet-0a1b2c3d subnet-1a2b3c4d eni-0a1b2c3d eni-1a2b3c4d use1-az1 use1-az2',
    `tgw-attach-1a2b3c4d5e6f70819 ${source} ${target} ${from} ${to} ${protocol} ${packets} ${size} ${start} ${end} OK IPv4`,
    `0 0 0 0 19 us-east-1 ${random.pick(['ingress', 'egress'])} - -`,
  ].join(' ');
}

function createAction(random: Random): string {
  return random.pick(['ACCEPT', 'ACCEPT', 'ACCEPT', 'REJECT']);
}

/** Private, or of the ranges for documentation (RFC 5737). */
function createIpv4(random: Random): string {
  return `${random.pick(['10.0.0', '10.0.1', '192.0.2', '198.51.100', '203.0.113'])}.${random.below(256)}`;
}

function createIpv6(random: Random): string {
  return `2001:db8:${random.below(65_536).toString(16)}::${(1 + random.below(65_535)).toString(16)}`;
}
