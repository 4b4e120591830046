/** The options of a SnareTransport: those of winston, and the settings of an output. */
import type { OutputSettings } from '../../src/settings/settings.js';
import { resolveOutput } from '../manifest/manifest.js';
import { isObject } from '../manifest/option-schema.js';
import type { SnareTransportOptions, WinstonOptions } from './transport-api.js';

/** @throws ConfigurationError with all faults of the output; TypeError for an option of winston with a wrong type */
export function splitOptions(options: SnareTransportOptions): {
  readonly winston: WinstonOptions;
  readonly settings: OutputSettings;
} {
  const { level, silent, handleExceptions, handleRejections, ...output } = Object(options) as SnareTransportOptions;
  const winston = { level, silent, handleExceptions, handleRejections };
  const settings = resolveOutput(isObject(options) ? output : options);
  requireTypes(winston);
  const given = Object.entries(winston).filter(([, value]) => value !== undefined);
  return { winston: Object.fromEntries(given), settings };
}

/** @throws TypeError for the first option of winston with a wrong type */
function requireTypes({ level, ...switches }: { readonly [Name in keyof WinstonOptions]: unknown }): void {
  if (level !== undefined && typeof level !== 'string') throw new TypeError('level has to be the name of a level');
  for (const [name, value] of Object.entries(switches)) {
    if (value !== undefined && typeof value !== 'boolean') throw new TypeError(`${name} has to be true or false`);
  }
}
