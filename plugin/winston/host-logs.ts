/**
 * Turns logs of the host app into lines. The lines have a memory limit until they are delivered. Logs beyond the limit are
 * dropped, because a host that logs cannot wait.
 */
import type { Clock } from '../../src/clock.js';
import type { DeliveryOutcome } from '../../src/delivery.js';
import { formatHostLine, type HostInfo } from '../../src/pipeline/host-line.js';
import type { LineOutput } from '../../src/pipeline/line-output.js';

export interface HostLogsOptions {
  readonly output: LineOutput;
  /** Limit for the lines that wait for confirmation. */
  readonly maxBytes: number;
  readonly clock: Clock;
  /** Called for each dropped log. */
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

  /** Number of logs dropped so far. */
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

  /** Counts a log that cannot be sent. */
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
