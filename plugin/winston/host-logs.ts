/**
 * Logs of the host app as lines, within the memory that they may take up until they are delivered. What is beyond it is
 * dropped, since a host that logs cannot wait.
 */
import type { Clock } from '../../src/clock.js';
import type { DeliveryOutcome } from '../../src/delivery.js';
import { formatHostLine, type HostInfo } from '../../src/pipeline/host-line.js';
import type { LineOutput } from '../../src/pipeline/line-output.js';

export interface HostLogsOptions {
  readonly output: LineOutput;
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

  /** Never throws, whatever the info is. */
  send(info: HostInfo): void {
    try {
      this.#send(info);
    } catch {
      this.drop();
    }
  }

  /** Counts one that cannot be sent. */
  drop(): void {
    this.#dropped++;
    this.#options.onDropped();
  }

  #send(info: HostInfo): void {
    const { output, maxBytes, clock, onDelivered } = this.#options;
    const payload = formatHostLine(info, output.formatLine, clock);
    const bytes = Buffer.byteLength(payload);
    if (bytes > output.maxLineBytes || this.#bytes + bytes > maxBytes) {
      this.drop();
      return;
    }
    this.#bytes += bytes;
    const settle = (outcome: DeliveryOutcome) => {
      this.#bytes -= bytes;
      if (outcome === 'delivered') onDelivered(info);
      else this.drop();
    };
    output.send({ payload, bytes, lines: 1, settle });
  }
}
