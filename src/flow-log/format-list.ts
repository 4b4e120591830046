/**
 * Which formats to try on the lines of a log stream, in which order: those of the settings whose globs match, then the
 * formats that AWS uses by default.
 */
import { type FlowLogFormat, parseFormat } from '../flow-log-format.js';
import { DEFAULT_FORMAT, TRANSIT_GATEWAY_FORMAT } from './default-formats.js';
import { type Glob, mayOverlap, parseGlob } from './glob.js';

export interface FormatRule {
  /** The log groups that it applies to, a glob whose `*` also matches `/`. Default: all. */
  readonly logGroup?: string | undefined;
  /** The log streams that it applies to, also a glob. Default: all. */
  readonly logStream?: string | undefined;
  /** In the syntax of `parseFormat`. */
  readonly format: string;
}

export interface FormatList {
  /** In the order in which to try them; never empty. Returns the same array for the same formats. */
  select(logGroup: string, logStream: string): readonly FlowLogFormat[];
  /**
   * One sentence for each pair of formats that can apply to the same log stream, if the later one is never chosen: the earlier
   * has as many fields, and accepts any text where their types differ.
   */
  readonly ambiguous: readonly string[];
}

export interface FormatRuleFault {
  /** Index of the rule. */
  readonly rule: number;
  readonly key: 'logGroup' | 'logStream' | 'format';
  readonly fault: string;
}

/** Returns the list, or all faults of all rules. */
export function createFormatList(rules: readonly FormatRule[]): FormatList | { readonly faults: FormatRuleFault[] } {
  const parsed = rules.map(parseRule);
  const faults = parsed.flatMap((rule) => ('faults' in rule ? rule.faults : []));
  if (faults.length > 0) return { faults };
  const candidates = [...parsed.filter((rule) => 'format' in rule), ...DEFAULTS];
  return { select: createSelect(candidates), ambiguous: findAmbiguous(candidates) };
}

/** @throws TypeError for invalid rules, in places whose rules were checked before */
export function toFormatList(rules: readonly FormatRule[]): FormatList {
  const list = createFormatList(rules);
  if ('faults' in list) throw new TypeError(list.faults.map(({ fault }) => fault).join('; '));
  return list;
}

interface Candidate {
  readonly logGroup: string;
  readonly logStream: string;
  readonly matchesGroup: Glob;
  readonly matchesStream: Glob;
  readonly format: FlowLogFormat;
}

const ALL = '*';

const DEFAULTS: readonly Candidate[] = [DEFAULT_FORMAT, TRANSIT_GATEWAY_FORMAT].map((format) => ({
  logGroup: ALL,
  logStream: ALL,
  matchesGroup: () => true,
  matchesStream: () => true,
  format,
}));

function parseRule(
  { logGroup = ALL, logStream = ALL, format: text }: FormatRule,
  rule: number,
): Candidate | { readonly faults: FormatRuleFault[] } {
  const format = parseFormat(text);
  const matchesGroup = parseGlob(logGroup);
  const matchesStream = parseGlob(logStream);
  if (matchesGroup && matchesStream && 'fields' in format) {
    return { logGroup, logStream, matchesGroup, matchesStream, format };
  }
  const faults: FormatRuleFault[] = [];
  if (!matchesGroup) faults.push({ rule, key: 'logGroup', fault: describeGlobFault(logGroup) });
  if (!matchesStream) faults.push({ rule, key: 'logStream', fault: describeGlobFault(logStream) });
  if ('fault' in format) faults.push({ rule, key: 'format', fault: format.fault });
  return { faults };
}

function describeGlobFault(glob: string): string {
  const got = glob === '' ? '""' : `"${glob.slice(0, 20)}..." of ${glob.length} characters`;
  return `Expected a glob such as "/aws/vpc/*", got ${got}; leave it out to mean all`;
}

const MAX_REMEMBERED = 4096;

function createSelect(candidates: readonly Candidate[]): FormatList['select'] {
  // By log group, then by log stream: a text of both for each small record would cost more than the look-ups.
  const remembered = new Map<string, Map<string, readonly FlowLogFormat[]>>();
  let size = 0;
  const distinct: (readonly FlowLogFormat[])[] = [];
  return (logGroup, logStream) => {
    const known = remembered.get(logGroup)?.get(logStream);
    if (known) return known;
    const formats = toSame(
      distinct,
      candidates
        .filter(({ matchesGroup, matchesStream }) => matchesGroup(logGroup) && matchesStream(logStream))
        .map(({ format }) => format),
    );
    // Streams come and go with network interfaces; those still in use are soon remembered again.
    if (size >= MAX_REMEMBERED) {
      remembered.clear();
      size = 0;
    }
    const streams = remembered.get(logGroup) ?? new Map<string, readonly FlowLogFormat[]>();
    remembered.set(logGroup, streams.set(logStream, formats));
    size++;
    return formats;
  };
}

/** Returns the same array for the same formats, since results are cached by array. There are few rules, and so few lists. */
function toSame(distinct: (readonly FlowLogFormat[])[], formats: readonly FlowLogFormat[]): readonly FlowLogFormat[] {
  const known = distinct.find(
    (list) => list.length === formats.length && list.every((format, index) => format === formats[index]),
  );
  if (known) return known;
  if (distinct.length < MAX_REMEMBERED) distinct.push(formats);
  return formats;
}

function findAmbiguous(candidates: readonly Candidate[]): string[] {
  return candidates.flatMap((earlier, index) =>
    candidates
      .slice(index + 1)
      .filter((later) => canMeet(earlier, later) && hides(earlier.format, later.format))
      .map((later) => describeAmbiguity(earlier.format, later.format)),
  );
}

function canMeet(a: Candidate, b: Candidate): boolean {
  return mayOverlap(a.logGroup, b.logGroup) && mayOverlap(a.logStream, b.logStream);
}

function hides(earlier: FlowLogFormat, later: FlowLogFormat): boolean {
  return (
    earlier.text !== later.text &&
    earlier.fields.length === later.fields.length &&
    earlier.fields.every(({ type }, index) => type === 'text' || type === later.fields[index]?.type)
  );
}

function describeAmbiguity(earlier: FlowLogFormat, later: FlowLogFormat): string {
  return hides(later, earlier)
    ? `No line can tell "${earlier.text}" from "${later.text}", so all are read as the first; ` +
        'give the two different log groups or log streams'
    : `Every line of "${later.text}" is read as "${earlier.text}", which takes any text and comes before it; ` +
        'put the other first';
}
