/**
 * From the text of a whole record to its lines, without a string or an object for each flow log. Takes what is common: one
 * envelope as CloudWatch Logs writes it, in plain ASCII, every message a flow log of a known format. For any other record
 * it gives nothing, and the general path has that record; so whatever comes out of here is what that path gives.
 */
import { isAscii } from 'node:buffer';
import { findEnvelope } from './find-envelope.js';
import { type FormatProgram, toFormatProgram } from './format-program.js';
import { type FoundFlowLog, FoundFlowLogs } from './found-flow-logs.js';
import type { LineBuffers, LinePart } from './line-buffers.js';
import { MAX_FIELDS } from './scan-fields.js';
import { toWords } from './source-window.js';
import type { Collected, FastFormat, GeneralPath } from './types.js';
import { type EventCounts, walkEvents } from './walk-events.js';
import { type CollectedText, MAX_TIME_BYTES } from './write-line.js';

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
  /** Whether the flow logs themselves are needed beside their lines. */
  readonly needsFlowLogs?: boolean | undefined;
}

export interface EventSource {
  readonly owner: string;
  readonly logGroup: string;
  readonly logStream: string;
}

/** The lines of one record, in order. */
export interface TransformedLines<Format> {
  readonly parts: readonly LinePart[];
  readonly counts: EventCounts;
  /** The flow logs in the same order, where they are needed. */
  readonly flowLogs: Iterable<FoundFlowLog> | undefined;
  /** Which a flow log names by their index. */
  readonly formats: readonly Format[];
}

/** Formats with their programs, in the same order; without programs no message fits. */
interface Programs<Format> {
  readonly formats: readonly Format[];
  readonly programs: readonly FormatProgram[];
}

export class LineTransform<Format extends FastFormat> {
  readonly #options: LineTransformOptions<Format>;
  readonly #collected = new Map<number, CollectedText & { readonly offsetMinutes: number }>();
  readonly #sources = new Map<string, EventSource>();
  readonly #programs = new WeakMap<readonly Format[], Programs<Format>>();

  constructor(options: LineTransformOptions<Format>) {
    this.#options = options;
  }

  /**
   * @param text of the record, after gunzip
   * @returns undefined when the record is for the general path; nothing of it was used then
   */
  transform(text: Uint8Array, collected: Collected): TransformedLines<Format> | undefined {
    const { maxEvents, maxLineBytes, buffers, needsFlowLogs } = this.#options;
    const bytes = Buffer.from(text.buffer, text.byteOffset, text.byteLength);
    if (!isAscii(bytes) || bytes.indexOf(BACKSLASH) !== -1 || bytes.indexOf(DELETE) !== -1) return undefined;
    const envelope = findEnvelope(bytes);
    if (!envelope) return undefined;
    const known = this.#findPrograms(envelope.text);
    if (!known) return undefined;
    const { programs, formats } = known;
    const collectedText = this.#findCollected(collected);
    if (!collectedText) return undefined;
    const flowLogs = needsFlowLogs ? new FoundFlowLogs(bytes) : undefined;
    const walked = walkEvents({
      bytes,
      start: envelope.eventsStart,
      end: envelope.eventsEnd,
      programs,
      collected: collectedText,
      maxEvents,
      maxLineBytes,
      buffers,
      found: flowLogs,
    });
    return walked && { parts: walked.parts, counts: walked.counts, flowLogs, formats };
  }

  /** Undefined for the general path. Formats are asked for each time, since more of them may be known by now. */
  #findPrograms(envelope: string): Programs<Format> | undefined {
    const source = this.#findSource(envelope);
    const formats = source ? this.#options.selectFormats(source) : [];
    return formats.length > 0 ? this.#toPrograms(formats) : undefined;
  }

  /** The records of a network interface have the same text around their events. */
  #findSource(envelope: string): EventSource | undefined {
    const known = this.#sources.get(envelope);
    if (known) return known;
    const source = this.#options.parseSource(envelope);
    if (!source) return undefined;
    if (this.#sources.size >= MAX_ENVELOPES) this.#sources.clear();
    if (envelope.length <= MAX_ENVELOPE_LENGTH) this.#sources.set(envelope, source);
    return source;
  }

  #toPrograms(formats: readonly Format[]): Programs<Format> {
    let programs = this.#programs.get(formats);
    if (!programs) {
      const isFit = formats.every(({ fields }) => fields.length <= MAX_FIELDS);
      programs = {
        formats,
        programs: isFit ? formats.map((format) => toFormatProgram(format, this.#options.general)) : [],
      };
      this.#programs.set(formats, programs);
    }
    return programs;
  }

  /** The records of a reply have the same time of collection, and those of several replies come in turns. */
  #findCollected({ atMs, offsetMinutes }: Collected): CollectedText | undefined {
    const known = this.#collected.get(atMs);
    if (known?.offsetMinutes === offsetMinutes) return known;
    const text = this.#options.general.formatTime(atMs, offsetMinutes);
    if (text.length > MAX_TIME_BYTES) return undefined;
    if (this.#collected.size >= MAX_COLLECTED) this.#collected.clear();
    const collected = { offsetMinutes, words: toWords(text), bytes: text.length };
    this.#collected.set(atMs, collected);
    return collected;
  }
}

const MAX_COLLECTED = 256;
/** Network interfaces come and go; those still in use are back at once. */
const MAX_ENVELOPES = 4096;
const MAX_ENVELOPE_LENGTH = 1024;

const BACKSLASH = 0x5c;
const DELETE = 0x7f;
