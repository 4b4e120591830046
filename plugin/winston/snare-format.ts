/** Lets any other transport of a logger write Snare lines: a logform format that puts the line where transports look. */
import { hostname } from 'node:os';
import type { Format, TransformableInfo } from 'logform';
import { systemClock } from '../../src/clock.js';
import { createFormatter } from '../../src/pipeline/open-output.js';
import { type HostInfo, toHostRow } from '../../src/snare/host-row.js';
import type { LineFormat } from '../../src/snare/line.js';
import { resolveLine } from '../manifest/manifest.js';
import { recordOf } from './flow-log-info.js';

const MESSAGE = Symbol.for('message');

export interface SnareFormatOptions {
  /** Layout of the line. Default: `snare`. */
  readonly format?: LineFormat;
  /** First field of the header in place of the SYSTEM column. */
  readonly system?: string;
  /** HOSTNAME of syslog lines. Default: this machine's name. */
  readonly hostname?: string;
  /** 0 to 4. Default: by table and level. */
  readonly criticality?: number;
}

/**
 * The line goes to `info[Symbol.for('message')]`, without a line feed, since transports add their own.
 *
 * @throws ConfigurationError with all faults of the options
 */
export function snareFormat(options: SnareFormatOptions = {}): Format {
  const formatLine = createFormatter(resolveLine(options));
  return {
    transform(info: TransformableInfo) {
      const record = recordOf(info);
      const text = record ? formatLine(record.row, record.line) : formatHostLine(info);
      Object.assign(info, { [MESSAGE]: text.slice(0, -1) });
      return info;
    },
  };

  function formatHostLine(info: HostInfo): string {
    const atMs = systemClock.now();
    const row = toHostRow(info, { atMs, offsetMinutes: systemClock.offsetMinutes(atMs) }, hostname());
    return formatLine(row, String(row.MESSAGE));
  }
}
