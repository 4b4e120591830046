/**
 * The line of a format as constant text with places to fill. It is found by sending marks through the general path and locating
 * them in the output, so the fast path defines no columns and no layout itself. Each template is then tested against the
 * general path; if the results differ, there is no template.
 */
import type { FastFormat, LineRules, LineSource } from './types.js';

/**
 * What goes between two constants: the value of a field by its index, the unchanged message, or a time. `at` is the time of the
 * row: the end of the flow; otherwise its start; otherwise the time of the event.
 */
export type Fill =
  | { readonly type: 'value'; readonly index: number }
  | { readonly type: 'message' | 'at-date' | 'at-time' | 'at' | 'start' | 'event' | 'collected' };

export interface LineTemplate {
  /** One more than there are fills: before the first, between two, after the last. */
  readonly constants: readonly string[];
  readonly fills: readonly Fill[];
}

/** Undefined if lines of the format are not constant text with such places. */
export function createTemplate<Format extends FastFormat>(
  format: Format,
  general: LineRules<Format>,
): LineTemplate | undefined {
  if (format.fields.length > MAX_MARKS) return undefined;
  const template = cut(general.formatLine(format, marked(format)), toMarks(format));
  const holds = (source: LineSource) =>
    fillIn(template, source, format, general) === general.formatLine(format, source);
  return trials(format).every(holds) ? template : undefined;
}

// Distinct in every part, so that none can be mistaken for another.
const startText = '2007-08-09T10:11:12Z';
const endText = '2001-02-03T04:05:06Z';
const eventText = '2013-10-15T16:17:18.019Z';
const collectedText = '2019-06-22T23:24:25.026Z';

const seconds = (text: string) => String(Date.parse(text) / 1000);

// Characters of the private use area, which escaping does not change and no setting contains.
const messageMark = '\ue000\ue001';
const MAX_MARKS = 4096;
const valueMark = (index: number) => `\ue002${String.fromCharCode(0xe100 + index)}`;

function marked(format: FastFormat): LineSource {
  const values = format.fields.map(({ name }, index) => {
    if (name === 'start') return seconds(startText);
    return name === 'end' ? seconds(endText) : valueMark(index);
  });
  const collected = { atMs: Date.parse(collectedText), offsetMinutes: 0 };
  return { values, message: messageMark, timestamp: Date.parse(eventText), collected };
}

/** The marks to locate. Without an end, or without both, the row has the next available time. */
function toMarks({ fields, positions }: FastFormat): ReadonlyMap<string, Fill> {
  const marks = new Map<string, Fill>([
    [messageMark, { type: 'message' }],
    [collectedText, { type: 'collected' }],
    [eventText, { type: 'event' }],
  ]);
  for (const [index, { name }] of fields.entries()) {
    if (name !== 'start' && name !== 'end') marks.set(valueMark(index), { type: 'value', index });
  }
  const hasStart = positions.has('start');
  if (hasStart) marks.set(startText, { type: 'start' });
  const atText = positions.has('end') ? endText : hasStart ? startText : eventText;
  if (atText === endText) marks.set(endText, { type: 'at' });
  marks.set(atText.slice(0, 10), { type: 'at-date' });
  marks.set(atText.slice(11, 19), { type: 'at-time' });
  return marks;
}

function cut(line: string, marks: ReadonlyMap<string, Fill>): LineTemplate {
  const constants: string[] = [];
  const fills: Fill[] = [];
  // Longer ones first: a date is a prefix of a time.
  const texts = [...marks.keys()].toSorted((left, right) => right.length - left.length);
  let from = 0;
  for (let at = 0; at < line.length; ) {
    const text = texts.find((candidate) => line.startsWith(candidate, at));
    const fill = text === undefined ? undefined : marks.get(text);
    if (text === undefined || !fill) at += 1;
    else {
      constants.push(line.slice(from, at));
      fills.push(fill);
      at += text.length;
      from = at;
    }
  }
  constants.push(line.slice(from));
  return { constants, fills };
}

/** Sources with other values and times than the marks, and with each time missing. */
function trials(format: FastFormat): LineSource[] {
  const times = [
    { start: '1668722921', end: '1668722981' },
    { start: '1668722921', end: '-' },
    { start: '-', end: '1668722981' },
    { start: '-', end: '-' },
  ];
  const values = ({ start, end }: { readonly start: string; readonly end: string }) =>
    format.fields.map(({ name }, index) => (name === 'start' ? start : name === 'end' ? end : `value-${index}`));
  return times.map((time, index) => ({
    values: values(time),
    message: 'a message of 5 words',
    timestamp: 1668722921000 + 7 * index,
    collected: { atMs: 1668722999500, offsetMinutes: -30 * index },
  }));
}

/** What the template yields for a source, in plain strings: a slow version of the fast path. */
function fillIn<Format extends FastFormat>(
  { constants, fills }: LineTemplate,
  { values, message, timestamp, collected }: LineSource,
  { positions }: Format,
  { formatTime }: LineRules<Format>,
): string {
  const timeOf = (name: string) => {
    const value = Number(values[positions.get(name) ?? -1] ?? '-');
    return Number.isNaN(value) ? undefined : value * 1000;
  };
  const startMs = timeOf('start');
  const at = formatTime(timeOf('end') ?? startMs ?? timestamp, 0);
  const texts: Readonly<Record<Exclude<Fill['type'], 'value'>, string>> = {
    message,
    'at-date': at.slice(0, 10),
    'at-time': at.slice(11, 19),
    at,
    start: startMs === undefined ? '-' : formatTime(startMs, 0),
    event: formatTime(timestamp, 0),
    collected: formatTime(collected.atMs, collected.offsetMinutes),
  };
  const filled = fills.map((fill) => (fill.type === 'value' ? values[fill.index] : texts[fill.type]));
  return constants.map((constant, index) => constant + (filled[index] ?? '')).join('');
}
