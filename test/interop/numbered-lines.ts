/**
 * Lines with numbers, as this package formats them, and the account of what became of each: whether it was confirmed and
 * how often it came to the receiver's file. A byte or two a line, so that millions can be sent.
 */
import { createReadStream, existsSync } from 'node:fs';
import { setImmediate as turn } from 'node:timers/promises';
import type { Deliverer } from '../../src/deliver/deliverer.js';
import type { LineFraming } from '../../src/line-format.js';
import { createLineFormatter } from '../../src/snare/line.js';

export interface NumberedLinesOptions {
  /** Characters of a line beside its number and header. */
  readonly length?: number;
  readonly framing?: LineFraming;
  /** Lines that are confirmed together. */
  readonly linesPerDelivery?: number;
}

export interface Account {
  readonly sent: number;
  readonly confirmed: number;
  /** Confirmed lines that are not in the file. */
  readonly lost: number;
  /** Arrivals of lines that had arrived before. */
  readonly duplicates: number;
  /** Lines of the file that were never sent so: what a kill tore. */
  readonly torn: number;
}

const mark = '#';
const row = { SYSTEM: 'interop', TABLE: 'AWSVPCFlowLog', DATETIME: '-', SNAREDATAMAP: {} };

export class NumberedLines {
  readonly #frame: (number: number) => string;
  readonly #before: string;
  readonly #after: string;
  readonly #linesPerDelivery: number;
  #sent = 0;
  #confirmed = 0;
  #isConfirmed = new Uint8Array(1024);
  #arrivals = new Uint8Array(1024);
  #duplicates = 0;
  #torn = 0;

  constructor({ length = 200, framing = 'lf', linesPerDelivery = 50 }: NumberedLinesOptions = {}) {
    const message = `${mark} ${'x'.repeat(length)}`;
    const format = createLineFormatter({ format: 'raw', framing });
    [this.#before = '', this.#after = ''] = createLineFormatter({ format: 'raw' })(row, message).trimEnd().split(mark);
    this.#frame =
      framing === 'lf'
        ? (number) => `${this.#before}${number}${this.#after}\n`
        : (number) => format(row, message.replace(mark, String(number)));
    this.#linesPerDelivery = linesPerDelivery;
  }

  get confirmed(): number {
    return this.#confirmed;
  }

  /** Sends so many lines as fast as the deliverer takes them, or until the signal aborts. */
  async send(deliverer: Deliverer, signal: AbortSignal, count = Number.POSITIVE_INFINITY): Promise<void> {
    const end = this.#sent + count;
    while (this.#sent < end && !signal.aborted) {
      for (let left = 20; left > 0 && this.#sent < end; left--) {
        this.#sendOne(deliverer, Math.min(this.#linesPerDelivery, end - this.#sent));
      }
      await deliverer.whenRoom(signal);
      await turn();
    }
  }

  /** Reads the file to its end; each file is to be read once. */
  async read(path: string): Promise<void> {
    if (!existsSync(path)) return;
    let rest = '';
    for await (const chunk of createReadStream(path, { encoding: 'latin1', highWaterMark: 1024 * 1024 })) {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) this.#count(line);
    }
    if (rest !== '') this.#torn++;
  }

  account(): Account {
    let lost = 0;
    for (let number = 0; number < this.#sent; number++) {
      if (this.#isConfirmed[number] === 1 && this.#arrivals[number] === 0) lost++;
    }
    return {
      sent: this.#sent,
      confirmed: this.#confirmed,
      lost,
      duplicates: this.#duplicates,
      torn: this.#torn,
    };
  }

  #sendOne(deliverer: Deliverer, lines: number): void {
    const first = this.#sent;
    this.#sent += lines;
    this.#isConfirmed = grow(this.#isConfirmed, this.#sent);
    this.#arrivals = grow(this.#arrivals, this.#sent);
    let payload = '';
    for (let number = first; number < this.#sent; number++) payload += this.#frame(number);
    deliverer.send({
      payload,
      bytes: payload.length,
      lines,
      settle: (outcome) => {
        if (outcome !== 'delivered') return;
        this.#isConfirmed.fill(1, first, first + lines);
        this.#confirmed += lines;
      },
    });
  }

  #count(line: string): void {
    const number = line.slice(this.#before.length, -this.#after.length);
    const index = Number(number);
    if (!/^\d+$/.test(number) || line !== this.#before + number + this.#after || index >= this.#sent) this.#torn++;
    else if (this.#arrivals[index] === 1) this.#duplicates++;
    else this.#arrivals[index] = 1;
  }
}

function grow(bytes: Uint8Array<ArrayBuffer>, size: number): Uint8Array<ArrayBuffer> {
  if (size <= bytes.length) return bytes;
  const larger = new Uint8Array(Math.max(size, bytes.length * 2));
  larger.set(bytes);
  return larger;
}
