/**
 * Gathers the lines of rows into pieces on their way to the deliverer. A line that waited by itself would be a string, a
 * delivery and an origin, all of which outlive the garbage collector's quick rounds; in a piece it is its bytes and whom to
 * tell.
 */
import type { Delivery, DeliveryOutcome, Origin, Payload } from '../src/deliver/delivery.js';
import type { LineFormatter } from '../src/snare/line.js';
import type { RowOrigin, Settler } from './flow-log-record.js';

/** Bytes of a full piece. */
const pieceBytes = 64 * 1024;
/** What is kept for each line of a piece until it is settled. */
const lineBytes = 128;
/** Pieces whose memory is kept for use again. */
const maxFree = 64;

export class LineGatherer {
  readonly #formatLine: LineFormatter;
  readonly #send: (delivery: Delivery) => void;
  readonly #free: Buffer[] = [];
  #memory: Buffer | undefined;
  #bytes = 0;
  #settlers: Settler[] = [];
  /** Of the lines gathered; shorter than the settlers when a line has none. */
  #origins: RowOrigin[] = [];
  #isDue = false;

  /** @param send takes a piece, at the latest when the current stretch of work is done */
  constructor(formatLine: LineFormatter, send: (delivery: Delivery) => void) {
    this.#formatLine = formatLine;
    this.#send = send;
  }

  /**
   * @param line copied, where it is bytes
   * @param bytes its length in UTF-8
   */
  add(line: Payload, bytes: number, settler: Settler, origin: RowOrigin | undefined): void {
    if (this.#bytes + bytes > pieceBytes) this.flush();
    if (bytes > pieceBytes) {
      this.#send(this.#toDelivery(Buffer.from(line), [settler], origin ? [origin] : [], undefined));
      return;
    }
    this.#memory ??= this.#free.pop() ?? Buffer.allocUnsafeSlow(pieceBytes);
    if (typeof line === 'string') this.#memory.write(line, this.#bytes);
    else this.#memory.set(line, this.#bytes);
    this.#bytes += bytes;
    this.#settlers.push(settler);
    if (origin) this.#origins.push(origin);
    if (this.#isDue) return;
    this.#isDue = true;
    queueMicrotask(() => this.flush());
  }

  /** Sends what is gathered. */
  flush(): void {
    this.#isDue = false;
    const memory = this.#memory;
    if (!memory || this.#bytes === 0) return;
    const gathered = memory.subarray(0, this.#bytes);
    const [settlers, origins] = [this.#settlers, this.#origins];
    this.#settlers = [];
    this.#origins = [];
    this.#bytes = 0;
    // A few lines, which may wait for long, must not hold the memory of many.
    const isFull = gathered.length > pieceBytes / 2;
    if (isFull) this.#memory = undefined;
    const payload = isFull ? gathered : Buffer.from(gathered);
    this.#send(this.#toDelivery(payload, settlers, origins, isFull ? memory : undefined));
  }

  #toDelivery(
    payload: Buffer,
    settlers: readonly Settler[],
    origins: readonly RowOrigin[],
    memory: Buffer | undefined,
  ): Delivery {
    return {
      payload,
      bytes: payload.length,
      lines: settlers.length,
      origin: origins.length === settlers.length ? this.#toOrigin(origins) : undefined,
      free: () => {
        if (memory && this.#free.length < maxFree) this.#free.push(memory);
      },
      settle: (outcome: DeliveryOutcome) => {
        for (const settler of settlers) settler.settle(outcome);
      },
    };
  }

  #toOrigin(origins: readonly RowOrigin[]): Origin {
    return {
      bytes: origins.reduce((sum, { bytes }) => sum + bytes + lineBytes, 0),
      restore: async () => {
        const lines: string[] = [];
        for (const origin of origins) {
          const { row, message } = await origin.remake();
          lines.push(this.#formatLine(row, message));
        }
        return lines.join('');
      },
    };
  }
}
