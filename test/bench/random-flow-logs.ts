/**
 * Flow logs like those of a network interface in a busy VPC: its own address on one side, many peers, mostly ephemeral ports,
 * few packets. With the gzip of CloudWatch Logs they compress to about the same size as real ones.
 */
export interface FlowLogTraits {
  /** The fields: the 14 of AWS' default format, or all fields up to version 5, in AWS' order. */
  readonly version: 2 | 5;
  /** Share of the flows between IPv6 addresses, 0 to 1. Default: 0. */
  readonly ipv6Share?: number;
  /** Share of all lines, 0 to 1. */
  readonly noDataShare?: number;
  /** Seconds over which the flows of a record begin. Default: half an aggregation interval. */
  readonly spreadSeconds?: number;
}

export interface RandomFlowLog {
  readonly startSeconds: number;
  readonly message: string;
}

/** All fields of versions 2 to 5, in the form of a format in AWS. */
export const version5Format = [
  '${version} ${account-id} ${interface-id} ${srcaddr} ${dstaddr} ${srcport} ${dstport} ${protocol} ${packets} ${bytes}',
  '${start} ${end} ${action} ${log-status} ${vpc-id} ${subnet-id} ${instance-id} ${tcp-flags} ${type} ${pkt-srcaddr}',
  '${pkt-dstaddr} ${region} ${az-id} ${sublocation-type} ${sublocation-id} ${pkt-src-aws-service}',
  '${pkt-dst-aws-service} ${flow-direction} ${traffic-path}',
].join(' ');

const account = '123456789012';
const firstSecond = 1_760_000_000;
/** AWS aggregates a flow for ten minutes by default; new flows begin all the time. */
const aggregationSeconds = 600;
const peersOfInterface = 500;
/** Share of the flows from or to an address that does not occur again. */
const strangerShare = 0.5;
const servicePorts = [443, 443, 443, 443, 80, 53, 53, 22, 123, 3306, 5432, 6379, 8080, 9092];
const services = ['-', '-', '-', '-', 'S3', 'DYNAMODB', 'AMAZON'];

/** The addresses of one family. */
interface Addresses {
  readonly own: string;
  readonly peers: readonly string[];
  readonly createPeer: () => string;
}

/** One network interface with its flow logs. The same numbers of `random` produce the same interface. */
export class RandomInterface {
  readonly id: string;
  readonly #traits: FlowLogTraits;
  readonly #random: () => number;
  readonly #ipv4: Addresses;
  readonly #ipv6: Addresses;
  readonly #tail: string;

  constructor(traits: FlowLogTraits, random: () => number) {
    this.#traits = traits;
    this.#random = random;
    this.id = `eni-0${this.#hex(16)}`;
    this.#ipv4 = this.#addresses(`10.0.${this.#below(16)}.${this.#below(256)}`, () => this.#ipv4Peer());
    this.#ipv6 = this.#addresses(this.#ipv6Peer(), () => this.#ipv6Peer());
    this.#tail = `vpc-0${this.#hex(16)} subnet-0${this.#hex(16)} i-0${this.#hex(16)}`;
  }

  /**
   * In the order of their start times, in which CloudWatch Logs also accepts log events. All begin in one aggregation interval: a
   * stream that keeps the program busy brings many thousands of records in each.
   */
  flowLogs(count: number): readonly RandomFlowLog[] {
    const { spreadSeconds = aggregationSeconds / 2 } = this.#traits;
    const starts = Array.from({ length: count }, () => firstSecond + this.#below(spreadSeconds)).sort((a, b) => a - b);
    return starts.map((startSeconds) => ({ startSeconds, message: this.#line(startSeconds) }));
  }

  #line(start: number): string {
    const { version, noDataShare = 0, ipv6Share = 0 } = this.#traits;
    const end = start + 1 + this.#below(aggregationSeconds / 2);
    const head = `${version} ${account} ${this.id}`;
    if (this.#random() < noDataShare) {
      const rest = version === 2 ? '' : ` ${this.#tail} - - - - us-east-1 use1-az4 - - - - - -`;
      return `${head} - - - - - - - ${start} ${end} - NODATA${rest}`;
    }
    const isOut = this.#random() < 0.5;
    const isIpv6 = this.#random() < ipv6Share;
    const { own, peers, createPeer } = isIpv6 ? this.#ipv6 : this.#ipv4;
    const peer = this.#random() < strangerShare ? createPeer() : this.#pick(peers);
    const [from, to] = isOut ? [own, peer] : [peer, own];
    const ephemeral = 32_768 + this.#below(28_232);
    const service = this.#pick(servicePorts);
    const [fromPort, toPort] = this.#random() < 0.5 ? [ephemeral, service] : [service, ephemeral];
    const protocol = service === 53 || service === 123 ? 17 : 6;
    const packets = 1 + Math.floor(60 * this.#random() ** 3);
    const bytes = packets * 40 + this.#below(packets * 400);
    const action = this.#random() < 0.9 ? 'ACCEPT' : 'REJECT';
    const line = `${head} ${from} ${to} ${fromPort} ${toPort} ${protocol} ${packets} ${bytes} ${start} ${end} ${action} OK`;
    return version === 2 ? line : `${line} ${this.#tail} ${this.#extra(from, to, isOut, protocol)}`;
  }

  /** The fields from `tcp-flags` on. */
  #extra(from: string, to: string, isOut: boolean, protocol: number): string {
    const flags = protocol === 6 ? this.#pick([0, 2, 3, 18, 19]) : 0;
    const type = from.includes(':') ? 'IPv6' : 'IPv4';
    const service = this.#pick(services);
    const [source, destination] = isOut ? ['-', service] : [service, '-'];
    const direction = isOut ? `egress ${this.#pick([1, 2, 8])}` : 'ingress -';
    return `${flags} ${type} ${from} ${to} us-east-1 use1-az4 - - ${source} ${destination} ${direction}`;
  }

  #addresses(own: string, createPeer: () => string): Addresses {
    return { own, createPeer, peers: Array.from({ length: peersOfInterface }, createPeer) };
  }

  #ipv4Peer(): string {
    return this.#random() < 0.3
      ? `10.0.${this.#below(16)}.${this.#below(256)}`
      : [11 + this.#below(200), this.#below(256), this.#below(256), this.#below(256)].join('.');
  }

  #ipv6Peer(): string {
    return `2600:1f18:${this.#group()}:${this.#group()}:${this.#group()}:${this.#group()}:${this.#group()}:${this.#group()}`;
  }

  /** Without leading zeros, as AWS prints it. */
  #group(): string {
    return (1 + this.#below(0xffff)).toString(16);
  }

  #hex(digits: number): string {
    return Array.from({ length: digits }, () => this.#below(16).toString(16)).join('');
  }

  #pick<Item>(items: readonly Item[]): Item {
    return items[this.#below(items.length)] as Item;
  }

  #below(limit: number): number {
    return Math.floor(this.#random() * limit);
  }
}
