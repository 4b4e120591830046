/**
 * Collects the lines of rows in batches on their way to the deliverer. A single waiting line would need a string, a delivery
 * and an origin, which all outlive the garbage collector's minor collections. In a batch it needs only its bytes and its owner.
 */
import type { Delivery, DeliveryOutcome, Origin } from '../../src/delivery.js';
import type { LineFormatter } from '../../src/line-format.js';
import type { LineOwner, RowOrigin } from './flow-log-info.js';
import { bytesOf, type PrebuiltBlock, type PrebuiltLine } from './prebuilt-lines.js';

/** Consecutive lines of one owner. */
interface Run {
  readonly owner: LineOwner;
  readonly first: number;
  count: number;
}

/** Size of a full batch. Four of them make a write, which would copy more of them into one piece. */
const batchBytes = 128 * 1024;
/** Memory that each run of a batch uses until it is settled. */
const runBytes = 128;
/** Number of batches whose memory is kept for reuse. */
const maxFree = 32;

export class LineBatcher {
  readonly #formatLine: LineFormatter;
  readonly #send: (delivery: Delivery) => void;
  readonly #free: LineBatch[] = [];
  #batch: LineBatch | undefined;
  /** The runs of the collected lines. */
  #runs: Run[] = [];
  #isDue = false;

  /** @param send takes a batch, at the latest at the end of the current task */
  constructor(formatLine: LineFormatter, send: (delivery: Delivery) => void) {
    this.#formatLine = formatLine;
    this.#send = send;
  }

  /** @param bytes length of the line in UTF-8 */
  add(line: string, bytes: number, owner: LineOwner, index: number): void {
    if (bytes > batchBytes) {
      this.#sendAlone(Buffer.from(line), owner, index);
      return;
    }
    this.#batchFor(bytes).write(line, bytes);
    this.#note(owner, index);
  }

  /** Adds a line that is already encoded and whose memory is not released yet. */
  addPrebuilt(line: PrebuiltLine, owner: LineOwner, index: number): void {
    const bytes = line.to - line.from;
    if (bytes > batchBytes) {
      this.#sendAlone(Buffer.from(bytesOf(line)), owner, index);
      return;
    }
    this.#batchFor(bytes).copy(line);
    this.#note(owner, index);
  }

  /** Sends the collected lines. */
  flush(): void {
    this.#isDue = false;
    const batch = this.#batch;
    const runs = this.#runs;
    if (!batch || runs.length === 0) return;
    this.#runs = [];
    const { bytes } = batch;
    // A few lines, which may wait for a long time, must not keep the memory of a whole batch.
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

  /** Undefined if one of the lines cannot be recreated. */
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

/** The memory of a batch while it is filled with text and with encoded lines. */
class LineBatch {
  readonly #memory = Buffer.allocUnsafeSlow(batchBytes);
  /** Bytes written to the memory. */
  #filled = 0;
  /** Prebuilt lines that follow these bytes. They are contiguous in their block and are copied at once. */
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

  /** @param bytes length of the line in UTF-8; the batch must have room for it */
  write(line: string, bytes: number): void {
    this.#copyRun();
    this.#memory.write(line, this.#filled);
    this.#filled += bytes;
  }

  /** Adds a prebuilt line, for which the batch must have room. */
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

  /** The content of the batch. It shares the memory of the batch, so do not refill the batch while the bytes are in use. */
  get bytes(): Buffer {
    this.#copyRun();
    return this.#memory.subarray(0, this.#filled);
  }

  clear(): void {
    this.#filled = 0;
  }
}
