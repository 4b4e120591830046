/** Faults of both neighbours at random, by a seed, and their end. Everything that is done is one line of history. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { FakeKinesis } from '../fakes/fake-kinesis.js';
import type { FaultRule } from '../fakes/fake-kinesis-script.js';
import type { Receiver, ReceiverBehaviour } from '../fakes/receiver.js';

const readFaults: readonly FaultRule['error'][] = [
  { code: 'ProvisionedThroughputExceededException' },
  { code: 'LimitExceededException' },
  { code: 'KMSThrottlingException' },
  { code: 'ExpiredIteratorException' },
  { code: 'InternalFailure', status: 500 },
  'reset',
  'not-json',
  { body: '{}' },
  'hang',
  'stall',
  'null-iterator',
  'records-without-iterator',
  'empty',
];
const callFaults: readonly FaultRule['error'][] = [
  { code: 'ProvisionedThroughputExceededException' },
  { code: 'LimitExceededException' },
  'reset',
];

export class Trouble {
  readonly history: string[] = [];
  readonly #kinesis: FakeKinesis;
  readonly #receiver: Receiver;
  readonly #random: () => number;
  readonly #startedMs = performance.now();
  #lastFault: FaultRule['error'] | undefined;

  constructor(kinesis: FakeKinesis, receiver: Receiver, random: () => number) {
    this.#kinesis = kinesis;
    this.#receiver = receiver;
    this.#random = random;
  }

  note(event: string): void {
    this.history.push(`${Math.round(performance.now() - this.#startedMs)} ms: ${event}`);
  }

  /** A whole number from 0 up to, but not with, the limit. */
  below(limit: number): number {
    return Math.floor(this.#random() * limit);
  }

  pick<Value>(values: readonly Value[]): Value {
    return values[this.below(values.length)] as Value;
  }

  async troubleKinesis(): Promise<void> {
    this.#kinesis.mend();
    const kind = this.#random();
    if (kind < 0.1) {
      this.note('Kinesis: away');
      await this.#kinesis.goAway();
      await sleep(this.below(300));
      await this.#kinesis.comeBack();
    } else if (kind < 0.25) {
      // Also the end of requests that hang.
      this.note('Kinesis: connections cut');
      this.#kinesis.cutConnections();
    } else if (kind < 0.4) this.#fail(this.pick(['GetShardIterator', 'ListShards']), this.pick(callFaults));
    else this.#fail('GetRecords', this.#pickReadFault());
  }

  async troubleReceiver(): Promise<void> {
    const kind = this.#random();
    if (kind < 0.2) {
      this.note('receiver: killed');
      await this.#receiver.kill();
      await sleep(this.below(300));
      await this.#receiver.restart();
    } else if (kind < 0.35) {
      this.note('receiver: ends all');
      this.#receiver.endAll();
    } else {
      const behaviour = this.#pickBehaviour();
      this.note(`receiver: ${JSON.stringify(behaviour)}`);
      this.#receiver.behave(behaviour);
    }
  }

  mendReceiver(): void {
    this.note('receiver: normal');
    this.#receiver.behave({ type: 'normal' });
  }

  /** From now on both sides do as they should. */
  end(): void {
    this.#kinesis.mend();
    this.#kinesis.cutConnections();
    this.mendReceiver();
  }

  #fail(operation: string, error: FaultRule['error']): void {
    const times = 1 + this.below(3);
    this.note(`Kinesis: ${operation} ${times} times ${JSON.stringify(error)}`);
    this.#kinesis.fail({ operation, times, error });
  }

  /** Never the same twice: an end that a shard tells again and again is believed, as it has to be. */
  #pickReadFault(): FaultRule['error'] {
    this.#lastFault = this.pick(readFaults.filter((error) => error !== this.#lastFault));
    return this.#lastFault;
  }

  #pickBehaviour(): ReceiverBehaviour {
    const afterBytes = this.below(15_000);
    return this.pick<ReceiverBehaviour>([
      { type: 'resets', afterBytes },
      { type: 'resets', afterBytes },
      { type: 'closes-early', afterBytes },
      { type: 'closes-early', afterBytes },
      { type: 'never-closes' },
      { type: 'stalls' },
      { type: 'speaks', text: 'hello\n' },
      { type: 'slow', pauseMs: 1 + this.below(20) },
    ]);
  }
}
