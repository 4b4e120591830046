/**
 * What the fast path takes from the stages that it bypasses: the formats of flow logs, and the general path itself, from which
 * it learns the layout of a line. So every rule and every column is defined in one place only, outside the fast path.
 */
import type { Collected } from '../collected.js';
import type { EnvelopeSource } from '../envelope.js';

/** A format of flow logs, as far as the fast path needs it. */
export interface FastFormat {
  readonly fields: readonly { readonly name: string; readonly type: FastType }[];
  readonly positions: ReadonlyMap<string, number>;
  readonly mark: { readonly index: number; readonly startsWith: string } | undefined;
}

export type FastType = 'integer' | 'address' | 'action' | 'log-status' | 'text';

/** One flow log with everything that its line consists of. */
export interface LineSource {
  /** As many as the format has fields. */
  readonly values: readonly string[];
  readonly message: string;
  /** The timestamp of the event, in milliseconds since 1970. */
  readonly timestamp: number;
  readonly collected: Collected;
}

/** Where an event is that the fast path does not handle. */
export interface OddPlace<Format> {
  readonly source: EnvelopeSource;
  /** The formats to try on its message, in order. */
  readonly formats: readonly Format[];
  readonly collected: Collected;
  /** Index of the event in the record, from 0. */
  readonly index: number;
}

/** The part of the general path that builds lines. */
export interface LineRules<Format extends FastFormat = FastFormat> {
  /** The line with a line feed at its end. */
  formatLine(format: Format, source: LineSource): string;
  /** A time as it appears in a line, RFC3339Nano. */
  formatTime(ms: number, offsetMinutes: number): string;
}

export interface GeneralPath<Format extends FastFormat, Odd> extends LineRules<Format> {
  /** The source of an envelope; undefined if it is not a payload with log events. */
  toSource(envelope: object): EnvelopeSource | undefined;
  /** Takes one log event, unless it was sent before; undefined if its record has to be taken as a whole. */
  takeOdd(event: unknown, place: OddPlace<Format>): OddEvent<Odd> | 'repeat' | undefined;
}

/** Recognizes the events that were sent before. */
export interface RepeatCheck {
  /** Starts again at the first event of the record. */
  restart(): void;
  /** @param from where the id begins, and where the message ends: between them is JSON without an escape or a blank */
  isRepeatAt(source: EnvelopeSource, view: DataView, from: number, to: number): boolean;
}

/** What the general path makes of one log event that the fast path does not handle. */
export interface OddEvent<Odd> {
  /** With its line feed; undefined if the event has no line. */
  readonly line: Uint8Array | undefined;
  /** The time of the event, in milliseconds since 1970; undefined if it has no valid one. */
  readonly timestamp: number | undefined;
  /** For the caller, which counts it once the record is done. */
  readonly odd: Odd;
}
