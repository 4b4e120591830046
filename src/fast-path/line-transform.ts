/**
 * From the text of a whole record to its lines, without a string or an object for each flow log. Takes what is common: one
 * envelope as CloudWatch Logs writes it, in plain ASCII, every message a flow log of a known format. For any other record
 * it gives nothing, and the general path has that record; so whatever comes out of here is what that path gives.
 */
import { isAscii } from 'node:buffer';
import { findEnvelope } from './find-envelope.js';
import { type FormatProgram, toFormatProgram } from './format-program.js';
import type { LineBuffers, LinePart } from './line-buffers.js';
import { TimeTable } from './time-table.js';
import type { Collected, FastFormat, GeneralPath } from './types.js';
import { type EventCounts, walkEvents } from './walk-events.js';
import { toWords } from './words.js';

export interface LineTransformOptions<Format extends FastFormat> {
  readonly general: GeneralPath<Format>;
  /** The source of a payload without events; undefined when it is not one with log events. */
  readonly parseSource: (text: string) => EventSource | undefined;
  /**
   * The formats to try on the messages of a source, in order. The same array for the same formats; an empty one for a source
   * that is for the general path.
   */
  readonly selectFormats: (source: EventSource) => readonly Format[];
  /** Most log events in a record. */
  readonly maxEvents: number;
  /** Longest line, with its line feed. */
  readonly maxLineBytes: number;
  readonly buffers: LineBuffers;
}

export interface EventSource {
  readonly owner: string;
  readonly logGroup: string;
  readonly logStream: string;
}

/** The lines of one record, in order. */
export interface TransformedLines {
  readonly parts: readonly LinePart[];
  readonly counts: EventCounts;
}

export class LineTransform<Format extends FastFormat> {
  readonly #options: LineTransformOptions<Format>;
  readonly #times: TimeTable;
  readonly #programs = new WeakMap<readonly Format[], readonly FormatProgram[]>();
  #ends = new Int32Array(0);

  constructor(options: LineTransformOptions<Format>) {
    this.#options = options;
    this.#times = new TimeTable(options.general.formatTime);
  }

  /**
   * @param text of the record, after gunzip
   * @returns undefined when the record is for the general path; nothing of it was used then
   */
  transform(text: Uint8Array, { atMs, offsetMinutes }: Collected): TransformedLines | undefined {
    const { general, parseSource, selectFormats, maxEvents, maxLineBytes, buffers } = this.#options;
    const bytes = Buffer.from(text.buffer, text.byteOffset, text.byteLength);
    if (!isAscii(bytes) || bytes.indexOf(BACKSLASH) !== -1 || bytes.indexOf(DELETE) !== -1) return undefined;
    const envelope = findEnvelope(bytes);
    if (!envelope) return undefined;
    const source = parseSource(envelope.text);
    if (!source) return undefined;
    const formats = selectFormats(source);
    if (formats.length === 0) return undefined;
    const programs = this.#toPrograms(formats);
    const collected = general.formatTime(atMs, offsetMinutes);
    return walkEvents({
      bytes,
      start: envelope.eventsStart,
      end: envelope.eventsEnd,
      programs,
      ends: this.#ends,
      times: this.#times,
      collected: toWords(collected),
      collectedBytes: collected.length,
      maxEvents,
      maxLineBytes,
      buffers,
    });
  }

  #toPrograms(formats: readonly Format[]): readonly FormatProgram[] {
    let programs = this.#programs.get(formats);
    if (!programs) {
      programs = formats.map((format) => toFormatProgram(format, this.#options.general));
      this.#programs.set(formats, programs);
      const maxFields = Math.max(...programs.map(({ types }) => types.length));
      if (maxFields > this.#ends.length) this.#ends = new Int32Array(maxFields);
    }
    return programs;
  }
}

const BACKSLASH = 0x5c;
const DELETE = 0x7f;
