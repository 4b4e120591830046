/** The formats of each log group: those of the settings, then those that AWS lists for the group, then earlier ones. */
import { parseFormat } from '../flow-log-format.js';
import { type FormatList, type FormatRule, toFormatList } from './format-list.js';

export interface GroupFormats {
  /** In the syntax of AWS. */
  readonly texts: readonly string[];
  readonly list: FormatList;
}

export interface MergeOptions {
  /** The rules of the settings. */
  readonly rules: readonly FormatRule[];
  /** Ambiguities of the rules alone, which are reported with the settings. */
  readonly ambiguous: readonly string[];
  /** Log groups that are kept although AWS no longer lists them. */
  readonly maxUnlisted: number;
  /** The formats of a group may not be what the operator expects. */
  readonly onAdvice: (message: string) => void;
}

/**
 * Most log groups have the same few formats, so lists are shared.
 *
 * @param known the formats of earlier listings
 * @param found the new formats by log group
 */
export function mergeFormats(
  known: ReadonlyMap<string, GroupFormats>,
  found: ReadonlyMap<string, readonly string[]>,
  { rules, ambiguous, maxUnlisted, onAdvice }: MergeOptions,
): ReadonlyMap<string, GroupFormats> {
  const shared = new Map([...known.values()].map((group) => [group.texts.join('\n'), group]));
  const gone = [...known].filter(([logGroup]) => !found.has(logGroup)).slice(-maxUnlisted);
  const groups = new Map(gone);
  for (const [logGroup, formats] of found) {
    const texts = [...new Set([...formats, ...(known.get(logGroup)?.texts ?? [])])].filter((format) => {
      const fault = findFault(format);
      if (fault) onAdvice(`A flow log of log group "${logGroup}" has a format that cannot be used: ${fault}`);
      return fault === undefined;
    });
    const key = texts.join('\n');
    const group = shared.get(key) ?? { texts, list: toFormatList([...rules, ...texts.map((format) => ({ format }))]) };
    shared.set(key, group);
    groups.set(logGroup, group);
    for (const message of group.list.ambiguous) {
      if (!ambiguous.includes(message)) onAdvice(`Log group "${logGroup}": ${message}`);
    }
  }
  return groups;
}

function findFault(text: string): string | undefined {
  const format = parseFormat(text);
  return 'fault' in format ? format.fault : undefined;
}
