/**
 * Scripted faults: what the fake returns in place of the correct response, for how many requests, which operation and shard.
 */

export type FakeFault =
  /** An error of the service, such as `{ code: 'KMSThrottlingException' }`. Default status: 400. */
  | { readonly code: string; readonly message?: string; readonly status?: number }
  /** A response that is not from AWS. Default status: 200. */
  | { readonly body: string; readonly status?: number }
  /** The connection is reset in place of a response. */
  | 'reset'
  /** The request is read and never answered. */
  | 'hang'
  /** The request is answered correctly, but only when the test says so. */
  | 'late'
  /** The request is answered correctly, but the test decides how many bytes are sent at a time. */
  | 'crawl'
  /** The response begins and never ends. */
  | 'stall'
  /** An error page of an intermediary such as a proxy, with status 502. */
  | 'not-json'
  /** GetRecords: no records and no next iterator, although the shard continues. */
  | 'null-iterator'
  /** GetRecords: the correct records, but no next iterator, and no child shards at the end of the shard. */
  | 'records-without-iterator'
  /** GetRecords: no records, the same position, and a lag. */
  | 'empty';

export interface FaultRule {
  readonly operation: string;
  /** If omitted, any shard. */
  readonly shardId?: string;
  /** If omitted, once; with `Infinity`, until `clear()`. */
  readonly times?: number;
  /** Share of the requests that fail, chosen by the seed; if omitted, all. */
  readonly share?: number;
  readonly error: FakeFault;
}

export class FaultScript {
  readonly #random: () => number;
  #rules: { readonly rule: FaultRule; left: number }[] = [];

  constructor(random: () => number) {
    this.#random = random;
  }

  add(rule: FaultRule): void {
    this.#rules.push({ rule, left: rule.times ?? 1 });
  }

  clear(): void {
    this.#rules = [];
  }

  /** The fault for this request. The oldest rule that matches is used up first. */
  take(operation: string, shardId: string | undefined): FakeFault | undefined {
    const entry = this.#rules.find(({ rule, left }) => {
      if (left <= 0 || rule.operation !== operation) return false;
      return rule.shardId === undefined || rule.shardId === shardId;
    });
    if (!entry || this.#random() >= (entry.rule.share ?? 1)) return undefined;
    entry.left--;
    return entry.rule.error;
  }
}
