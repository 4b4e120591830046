/** The lines that arrived at a receiver from several processes. The first field of each line names its process. */
import { readLines } from '../end-to-end/flow-logs.js';
import type { Receiver } from '../fakes/receiver.js';

type Received = Pick<Receiver, 'lines'> & {
  readonly connections: readonly Pick<Receiver['connections'][number], 'lines'>[];
};

export class Arrivals {
  readonly #receiver: Received;
  readonly #numbers = new Set<number>();
  #read = 0;

  constructor(receiver: Received) {
    this.#receiver = receiver;
  }

  /** How many of the numbers from 0 have not arrived. */
  missing(count: number): number {
    const { lines } = this.#receiver;
    for (const { number } of readLines(lines.slice(this.#read))) this.#numbers.add(number);
    this.#read = lines.length;
    return count - [...this.#numbers].filter((number) => number < count).length;
  }

  get duplicates(): number {
    this.missing(0);
    return this.#read - this.#numbers.size;
  }

  /** First arrivals of a key after a later one of the same key, as the receiver read its connections. */
  get disorder(): number {
    return countDisorder(this.#receiver.lines);
  }

  /**
   * The same as the processes sent them. A process writes to a new connection before the receiver has read the one before to
   * its end, so a receiver that reads both at once has their lines in another order than they were sent in.
   */
  get sentDisorder(): number {
    return countDisorder(inSentOrder(this.#receiver));
  }
}

/** The lines of a process change places among themselves: the first that was read gives its place to the first that was sent. */
function inSentOrder({ lines, connections }: Received): readonly string[] {
  const sent = new Map<string, string[]>();
  for (const { lines } of connections) {
    const sender = senderOf(lines[0] ?? '');
    const before = sent.get(sender);
    if (before) before.push(...lines);
    else sent.set(sender, [...lines]);
  }
  const next = new Map([...sent].map(([sender, own]) => [sender, own.values()]));
  return lines.map((line) => next.get(senderOf(line))?.next().value ?? '');
}

function senderOf(line: string): string {
  return line.slice(0, line.indexOf('\t'));
}

function countDisorder(lines: readonly string[]): number {
  const seen = new Set<number>();
  const last = new Map<string, number>();
  let wrong = 0;
  for (const { key, number } of readLines(lines)) {
    if (seen.has(number)) continue;
    seen.add(number);
    const latest = last.get(key) ?? -1;
    if (number < latest) wrong++;
    last.set(key, Math.max(latest, number));
  }
  return wrong;
}
