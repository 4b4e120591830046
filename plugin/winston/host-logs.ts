/**
 * Logs of the host app as lines, within the memory that they may take up until they are delivered. What is beyond it is
 * dropped, since a host that logs cannot wait.
 */
import type { Clock } from '../../src/clock.js';
import type { Delivery, DeliveryOutcome } from '../../src/delivery.js';
import type { LineFormatter } from '../../src/line-format.js';
import { formatHostLine, type HostInfo } from '../../src/pipeline/host-line.js';

export interface HostLogsOptions {
  readonly formatLine: LineFormatter;
  /** Longest line that the output can carry. */
  readonly maxLineBytes: number;
  /** Of lines that wait for their confirmation. */
  readonly maxBytes: number;
  readonly clock: Clock;
  /** Called for each one. */
  readonly onDropped: () => void;
  readonly onDelivered: (info: HostInfo) => void;
}

export class HostLogs {
  readonly #options: HostLogsOptions;
  #bytes = 0;
  #dropped = 0;

  constructor(options: HostLogsOptions) {
    this.#options = options;
  }

  /** Lines that were dropped so far. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Undefined when it was dropped. Never throws, whatever the info is. */
  toDelivery(info: HostInfo): Delivery | undefined {
    try {
      return this.#toDelivery(info);
    } catch {
      this.drop();
      return undefined;
    }
  }

  /** Counts one that cannot be sent. */
  drop(): void {
    this.#dropped++;
    this.#options.onDropped();
  }

  #toDelivery(info: HostInfo): Delivery | undefined {
    const { formatLine, maxLineBytes, maxBytes, clock, onDelivered } = this.#options;
    const payload = formatHostLine(info, formatLine, clock);
    const bytes = Buffer.byteLength(payload);
    if (bytes > maxLineBytes || this.#bytes + bytes > maxBytes) {
      this.drop();
      return undefined;
    }
    this.#bytes += bytes;
    const settle = (outcome: DeliveryOutcome) => {
      this.#bytes -= bytes;
      if (outcome === 'delivered') onDelivered(info);
      else this.drop();
    };
    return { payload, bytes, lines: 1, settle };
  }
}
