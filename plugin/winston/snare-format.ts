/**
 * A logform format with which any other transport of a logger writes Snare lines. It puts the line where transports look for
 * it.
 */
import type { TransportStreamOptions } from 'winston-transport';
import { systemClock } from '../../src/clock.js';
import { formatHostLine } from '../../src/pipeline/host-line.js';
import { createFormatter } from '../../src/pipeline/open-output.js';
import type { OutputSettingsInput } from '../../src/settings/settings-types.js';
import { resolveLine } from '../manifest/manifest.js';
import { recordOf } from './flow-log-info.js';

/** A format of winston. Its package, logform, is a dependency of winston-transport, not of this package. */
export type SnareFormat = NonNullable<TransportStreamOptions['format']>;

const MESSAGE = Symbol.for('message');

/** The layout of a line that is not sent through an output of this package. */
export interface SnareFormatOptions {
  /** Layout of the line. Default: `snare`. */
  readonly format?: NonNullable<OutputSettingsInput['format']>;
  /** First field of the header, in place of the SYSTEM column. */
  readonly system?: string;
  /** HOSTNAME of syslog lines. Default: this machine's name. */
  readonly hostname?: string;
  /** 0 to 4. Default: depends on table and level. */
  readonly criticality?: number;
}

/**
 * Puts the line into `info[Symbol.for('message')]`, without a line feed, because transports add their own.
 *
 * @throws ConfigurationError with all faults of the options
 */
export function snareFormat(options: SnareFormatOptions = {}): SnareFormat {
  const formatLine = createFormatter(resolveLine(options));
  return {
    transform(info) {
      const record = recordOf(info);
      const text = record
        ? formatLine(record.item.row, record.item.message)
        : formatHostLine(info, formatLine, systemClock);
      Object.assign(info, { [MESSAGE]: text.slice(0, -1) });
      return info;
    },
  };
}
