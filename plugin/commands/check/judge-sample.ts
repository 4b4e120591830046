/** Describes the records of a sample: rows as they would be sent, and messages that match no format. */
import type { Collected } from '../../../src/collected.js';
import type { DecodedRecord } from '../../../src/decode/decode-record.js';
import type { EnvelopeSource } from '../../../src/envelope.js';
import type { FormatSource } from '../../../src/flow-log/format-source.js';
import { guessFormat } from '../../../src/flow-log/guess-format.js';
import { parseFlowLog } from '../../../src/flow-log/parse.js';
import type { LogGroupFilter } from '../../../src/pipeline/log-group-filter.js';
import { toFlowLogRow, toUnparsedRow } from '../../../src/snare/row.js';
import type { SnareRow } from '../../../src/snare-row.js';
import { count } from '../count.js';
import type { CheckResult } from './check-result.js';

/** Most rows that are shown; the counts cover all rows. */
const maxRows = 10;
/** Most log groups that have a row in the table. A forged record may contain many. */
const maxGroups = 100;
/** Most ignored log groups that are listed by name. */
const maxNamed = 5;

export interface SampleContext {
  readonly formats: FormatSource;
  /** Whether looking up the formats would help: not if they already are, or if there is no EC2 to ask. */
  readonly mayLookUp: boolean;
  readonly collected: Collected;
  /** If omitted, the log events of every log group are accepted. */
  readonly filter?: LogGroupFilter | undefined;
  /** Calls for the sample that AWS throttled; defaults to none. */
  readonly throttled?: number;
}

/** One result for records that cannot be read, if there are any, and one for the lines of the other records. */
export function judgeSample(records: readonly DecodedRecord[], context: SampleContext): readonly CheckResult[] {
  const { filter } = context;
  const rejected = records.flatMap((record) => record.rejected);
  const results = rejected.length > 0 ? [judgeRejected(records.length, rejected)] : [];
  const all = records.flatMap(({ envelopes }) => envelopes);
  const others = filter ? all.filter((envelope) => !filter.accepts(envelope)) : [];
  if (filter && others.length > 0) results.push(judgeOthers(others, all.length, filter));
  if (others.length > 0 && others.length === all.length) return results;
  const leftOut = new Set(others);
  const taken = records.map((record) => ({
    ...record,
    envelopes: record.envelopes.filter((envelope) => !leftOut.has(envelope)),
  }));
  return [...results, judgeLines(taken, context)];
}

function judgeOthers(others: readonly EnvelopeSource[], all: number, filter: LogGroupFilter): CheckResult {
  const places = new Set(others.map(({ owner, logGroup }) => `"${logGroup}" of account "${owner}"`));
  const isAll = others.length === all;
  const share = isAll ? 'All log events of the sample are' : 'The sample has log events that are';
  const fate = filter.others === 'ignore' ? 'ignores them' : 'puts them into the dead-letter file';
  const names = [...places].slice(0, maxNamed).join(', ');
  const rest = places.size > maxNamed ? ` and ${places.size - maxNamed} more` : '';
  return {
    name: 'other log groups',
    status: isAll ? 'fail' : 'warn',
    message: `${share} of log groups that input.logGroups and input.accounts do not name, so a run ${fate}: ${names}${rest}`,
    advice: 'name them there if they are yours, or set input.otherLogGroups to "accept"',
    details: { logGroups: [...new Set(others.map(({ logGroup }) => logGroup))].slice(0, maxGroups) },
  };
}

function judgeRejected(records: number, rejected: DecodedRecord['rejected']): CheckResult {
  const part = count(rejected.length, 'part');
  const message = `${part} of ${count(records, 'record')} cannot be read (${rejected[0]?.reason}): ${rejected.length === 1 ? 'it does' : 'they do'} not come from CloudWatch Logs, and would be written to the dead-letter file`;
  return { name: 'records', status: 'warn', message, advice: 'find out what else writes to the stream' };
}

function judgeLines(records: readonly DecodedRecord[], context: SampleContext): CheckResult {
  const name = 'sample';
  const { rows, unparsed, firsts } = parseLines(records, context);
  const logGroups = [...new Set(records.flatMap(({ envelopes }) => envelopes.map(({ logGroup }) => logGroup)))];
  const details = { records: records.length, lines: rows.length, unparsed: unparsed.length, logGroups };
  if (records.length === 0 && context.throttled) {
    const message = `AWS throttled ${count(context.throttled, 'call')}, and no record was read`;
    const advice = 'run check again; if the result stays the same, make the readers that poll read less often';
    return { name, status: 'warn', message, advice, details };
  }
  if (rows.length === 0) {
    const message = `There are no flow logs in ${records.length === 0 ? 'the stream' : count(records.length, 'record')} yet`;
    const advice = 'wait ten minutes after you create a flow log or a filter; then check the subscription';
    return { name, status: 'warn', message, advice, details };
  }
  const source = `${count(rows.length, 'line')} in ${count(records.length, 'record')}`;
  if (unparsed.length === 0) {
    return { name, status: 'pass', message: `${source}; all match a format`, details, rows: pick(rows, firsts) };
  }
  const guess = guessFormat(unparsed);
  return {
    name,
    status: unparsed.length === rows.length ? 'fail' : 'warn',
    message: `${unparsed.length} of ${source} (${formatPercent(unparsed.length / rows.length)}) ${unparsed.length === 1 ? 'matches' : 'match'} no format`,
    advice: toAdvice(guess, unparsed.length, context.mayLookUp),
    details: { ...details, ...(guess && { fittingFormat: guess.format.text, fittingLines: guess.lines }) },
    rows: pick(rows, firsts),
  };
}

function parseLines(records: readonly DecodedRecord[], { formats, collected }: SampleContext) {
  const rows: SnareRow[] = [];
  const unparsed: string[] = [];
  /** The first row of each log group. */
  const firsts = new Map<string, SnareRow>();
  for (const { owner, logGroup, logStream, events } of records.flatMap(({ envelopes }) => envelopes)) {
    const candidates = formats.current.select(logGroup, logStream, owner);
    for (const event of events) {
      const parsed = parseFlowLog(event.message, candidates);
      if ('reason' in parsed) unparsed.push(event.message);
      const row =
        'reason' in parsed ? toUnparsedRow(event, parsed.reason, collected) : toFlowLogRow(parsed, event, collected);
      rows.push(row);
      if (!firsts.has(logGroup)) firsts.set(logGroup, row);
    }
  }
  return { rows, unparsed, firsts: new Set(firsts.values()) };
}

function toAdvice(guess: ReturnType<typeof guessFormat>, unparsed: number, mayLookUp: boolean): string {
  if (!guess) return 'check whether the log group also has other logs';
  const { format, lines, isKnown, madeUp } = guess;
  const fit = lines === unparsed ? 'would match them' : `would match ${lines} of them`;
  const unknown =
    madeUp.length === 0
      ? ''
      : `; the values do not show what ${madeUp.join(', ')} is: replace it with the name that AWS uses, or keep it to get the value in SNAREDATAMAP under that name`;
  const doubt = isKnown
    ? ''
    : `; it is a guess, so compare it with the format that AWS shows for the flow log${unknown}`;
  const what = mayLookUp
    ? `set input.formats to "auto", or to "${format.text}"`
    : `add to input.formats "${format.text}"`;
  return `${what}, which ${fit}${doubt}`;
}

/** One row of each log group, and some of each kind. Those that match no format matter most. */
function pick(rows: readonly SnareRow[], firsts: ReadonlySet<SnareRow>): readonly SnareRow[] {
  const ordered = [...firsts, ...rows.filter((row) => !firsts.has(row))];
  const take = (kind: readonly SnareRow[], most: number) =>
    kind.filter((row, index) => index < most || (firsts.has(row) && index < maxGroups));
  const odd = take(
    ordered.filter(({ TABLE }) => TABLE === 'AWSGenericLog'),
    maxRows / 2,
  );
  const flows = take(
    ordered.filter(({ TABLE }) => TABLE !== 'AWSGenericLog'),
    Math.max(0, maxRows - odd.length),
  );
  return [...flows, ...odd];
}

function formatPercent(share: number): string {
  return share < 0.01 ? 'under 1 %' : `${Math.round(share * 100)} %`;
}
