/** Looked-up formats on a clock, with what is reported left out. */
import { type AutoFormatsOptions, createAutoFormats } from '../../src/flow-log/auto-formats.js';
import type { FormatSource } from '../../src/flow-log/format-source.js';

/** @param list what EC2 lists: the formats of each log group */
export function createListedFormats(
  list: () => ReadonlyMap<string, readonly string[]>,
  clock: AutoFormatsOptions['clock'],
): FormatSource {
  return createAutoFormats({
    lookUp: async () => ({ formats: list() }),
    rules: [],
    account: () => undefined,
    clock,
    random: () => 0.5,
    signal: new AbortController().signal,
    onAdvice: () => {},
    onFault: () => {},
    onRecovery: () => {},
  });
}
