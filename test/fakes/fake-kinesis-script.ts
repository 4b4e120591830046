/** Faults by script: what the fake answers instead of the truth, for how many requests, of which operation and shard. */

export type FakeFault =
  /** An error of the service, such as `{ code: 'KMSThrottlingException' }`; status 400 unless told. */
  | { readonly code: string; readonly message?: string; readonly status?: number }
  /** A response that is not from AWS; status 200 unless told. */
  | { readonly body: string; readonly status?: number }
  /** The connection is reset in place of a reply. */
  | 'reset'
  /** The request is taken and never answered. */
  | 'hang'
  /** The request is answered, truly, when the test says so. */
  | 'late'
  /** The request is answered, truly, with as much at a time as the test says. */
  | 'crawl'
  /** The reply begins and never ends. */
  | 'stall'
  /** A page of something in between, such as a proxy, with status 502. */
  | 'not-json'
  /** GetRecords: nothing, and no next iterator, although the shard goes on. */
  | 'null-iterator'
  /** GetRecords: what is due, but no next iterator, and no children where the shard ends. */
  | 'records-without-iterator'
  /** GetRecords: nothing, from the same place, with lag. */
  | 'empty';

export interface FaultRule {
  readonly operation: string;
  /** Left out, any shard. */
  readonly shardId?: string;
  /** Left out, once; `Infinity` until `clear()`. */
  readonly times?: number;
  /** Share of the requests that fail, by the seed; left out, all. */
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

  /** The fault that this request meets; the oldest rule that fits is used up first. */
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
