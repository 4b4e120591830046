/** All faults of the settings at once, so that an operator can fix a manifest in one go. */
import { formatText } from './escape.js';

/** One fault of the settings. */
export interface ConfigurationFault {
  /** The setting, `output.port`; empty when the fault is the manifest as a whole. */
  readonly path: string;
  /** What is valid, to follow the word "expected". */
  readonly expected: string;
  /** The value that was given, shortened; never that of a secret. Left out if it is of no help. */
  readonly received?: string;
  /** Where the value was set: the manifest's path, `environment variable SNARE_PORT`, `overrides`. */
  readonly source: string;
  /** What to do, if that is not obvious. */
  readonly hint?: string;
}

/** The settings are invalid until an operator changes them. The message lists all faults. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
  /** What to do; see `ErrorCode`. */
  readonly code = 'invalid-configuration';
  /** All faults of all settings, one or more. */
  readonly faults: readonly ConfigurationFault[];

  /** @param faults one or more; the message has a line for each */
  constructor(faults: readonly ConfigurationFault[]) {
    const head = faults.length === 1 ? 'is invalid' : `has ${faults.length} faults`;
    super([`The configuration ${head}`, ...faults.map(formatFault)].join('\n'));
    this.faults = faults;
  }
}

function formatFault({ path, expected, received, source, hint }: ConfigurationFault): string {
  const problem = `expected ${expected}${received === undefined ? '' : `, got ${received}`}`;
  const line = path === '' ? `${source}: ${problem}` : `${path}: ${problem} (${source})`;
  return formatText(hint === undefined ? line : `${line}; ${hint}`);
}

/** A value as it is shown to a person: short, and without the content of an object or a list. */
export function formatReceived(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'string' && mayHoldPassword.test(value)) return '(hidden, since it may hold a password)';
  if (typeof value === 'string') return JSON.stringify(value.length > 80 ? `${value.slice(0, 77)}...` : value);
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'an object';
  return typeof value === 'function' ? 'a function' : String(value);
}

/** A user and a password before a host, in an address of any notation. */
const mayHoldPassword = /:[^@]*@/;
