/**
 * Gathers the lines of rows into batches on their way to the deliverer. A line that waited by itself would be a string, a
 * delivery and an origin, all of which outlive the garbage collector's quick rounds; in a batch it is its bytes and its owner.
 */
import type { Delivery, DeliveryOutcome, Origin } from '../../src/delivery.js';
import type { LineFormatter } from '../../src/line-format.js';
import type { LineOwner, RowOrigin } from './flow-log-info.js';
import { bytesOf, type PrebuiltBlock, type PrebuiltLine } from './prebuilt-lines.js';

/** Lines of one owner side by side. */
interface Run {
  readonly owner: LineOwner;
  readonly first: number;
  count: number;
}

/** Of a full batch. */
const batchBytes = 64 * 1024;
/** What is kept for each run of a batch until it is settled. */
const runBytes = 128;
/** Batches whose memory is kept for use again. */
const maxFree = 64;

export class LineBatcher {
  readonly #formatLine: LineFormatter;
  readonly #send: (delivery: Delivery) => void;
  readonly #free: LineBatch[] = [];
  #batch: LineBatch | undefined;
  /** Of the lines gathered. */
  #runs: Run[] = [];
  #isDue = false;

  /** @param send takes a batch, at the latest when the current stretch of work is done */
  constructor(formatLine: LineFormatter, send: (delivery: Delivery) => void) {
    this.#formatLine = formatLine;
    this.#send = send;
  }

  /** @param bytes of the line in UTF-8 */
  add(line: string, bytes: number, owner: LineOwner, index: number): void {
    if (bytes > batchBytes) {
      this.#sendAlone(Buffer.from(line), owner, index);
      return;
    }
    this.#batchFor(bytes).write(line, bytes);
    this.#note(owner, index);
  }

  /** A line that is bytes already, whose memory was not given back yet. */
  addPrebuilt(line: PrebuiltLine, owner: LineOwner, index: number): void {
    const bytes = line.to - line.from;
    if (bytes > batchBytes) {
      this.#sendAlone(Buffer.from(bytesOf(line)), owner, index);
      return;
    }
    this.#batchFor(bytes).copy(line);
    this.#note(owner, index);
  }

  /** Sends what is gathered. */
  flush(): void {
    this.#isDue = false;
    const batch = this.#batch;
    const runs = this.#runs;
    if (!batch || runs.length === 0) return;
    this.#runs = [];
    const { bytes } = batch;
    // A few lines, which may wait for long, must not hold the memory of many.
    if (bytes.length > batchBytes / 2) {
      this.#batch = undefined;
      this.#send(this.#toDelivery(bytes, runs, batch));
    } else {
      const copy = Buffer.from(bytes);
      batch.clear();
      this.#send(this.#toDelivery(copy, runs, undefined));
    }
  }

  #batchFor(bytes: number): LineBatch {
    while (this.#batch && !this.#batch.hasRoom(bytes)) this.flush();
    this.#batch ??= this.#free.pop() ?? new LineBatch();
    return this.#batch;
  }

  #note(owner: LineOwner, index: number): void {
    const last = this.#runs.at(-1);
    if (last?.owner === owner && last.first + last.count === index) last.count += 1;
    else this.#runs.push({ owner, first: index, count: 1 });
    if (this.#isDue) return;
    this.#isDue = true;
    queueMicrotask(() => this.flush());
  }

  #sendAlone(payload: Buffer, owner: LineOwner, index: number): void {
    this.flush();
    this.#send(this.#toDelivery(payload, [{ owner, first: index, count: 1 }], undefined));
  }

  #toDelivery(payload: Buffer, runs: readonly Run[], batch: LineBatch | undefined): Delivery {
    return {
      payload,
      bytes: payload.length,
      lines: runs.reduce((sum, { count }) => sum + count, 0),
      origin: this.#toOrigin(runs),
      free: () => {
        if (!batch || this.#free.length >= maxFree) return;
        batch.clear();
        this.#free.push(batch);
      },
      settle: (outcome: DeliveryOutcome) => {
        for (const { owner, first, count } of runs) {
          if (outcome === 'delivered' && owner.open) owner.open.settle(outcome, count);
          else owner.settle(outcome, first, count);
        }
      },
    };
  }

  /** Undefined when one of the lines cannot be had again. */
  #toOrigin(runs: readonly Run[]): Origin | undefined {
    const origins: { readonly run: Run; readonly rows: RowOrigin }[] = [];
    let bytes = 0;
    for (const run of runs) {
      const rows = run.owner.origin;
      if (!rows) return undefined;
      bytes += run.count * rows.bytes + runBytes;
      origins.push({ run, rows });
    }
    return { bytes, restore: () => this.#restore(origins) };
  }

  async #restore(origins: readonly { readonly run: Run; readonly rows: RowOrigin }[]): Promise<string> {
    const lines: string[] = [];
    for (const { run, rows } of origins) {
      for (let index = run.first; index < run.first + run.count; index += 1) {
        const { row, message } = await rows.rebuild(index);
        lines.push(this.#formatLine(row, message));
      }
    }
    return lines.join('');
  }
}

/** The memory of a batch of lines while it is filled: with text, and with lines that are bytes already. */
class LineBatch {
  readonly #memory = Buffer.allocUnsafeSlow(batchBytes);
  /** Bytes that are in the memory. */
  #filled = 0;
  /** Prebuilt lines that come behind them and lie side by side in their block: they are copied in one go. */
  #run: { readonly block: PrebuiltBlock; readonly from: number; to: number } | undefined;
  readonly #copyRun = (): void => {
    if (!this.#run) return;
    this.#memory.set(bytesOf(this.#run), this.#filled);
    this.#filled = this.length;
    this.#run = undefined;
  };

  get length(): number {
    return this.#run ? this.#filled + this.#run.to - this.#run.from : this.#filled;
  }

  hasRoom(bytes: number): boolean {
    return this.length + bytes <= batchBytes;
  }

  /** @param bytes of the line in UTF-8, for which there is room */
  write(line: string, bytes: number): void {
    this.#copyRun();
    this.#memory.write(line, this.#filled);
    this.#filled += bytes;
  }

  /** A line for which there is room. */
  copy({ block, from, to }: PrebuiltLine): void {
    const run = this.#run;
    if (run?.block === block && run.to === from) {
      run.to = to;
      return;
    }
    this.#copyRun();
    this.#run = { block, from, to };
    block.onFree = this.#copyRun;
  }

  /** All that is in it; it belongs to the batch, which is to be filled again only when it is needed no more. */
  get bytes(): Buffer {
    this.#copyRun();
    return this.#memory.subarray(0, this.#filled);
  }

  clear(): void {
    this.#filled = 0;
  }
}
