/**
 * What the fast path takes from the stages that it runs past: the formats of flow logs, and the general path itself, from
 * which it learns what a line looks like. So that there is one place for every rule and every column, and it is not here.
 */
import type { Collected } from '../collected.js';

/** A format of flow logs, as far as it matters here. */
export interface FastFormat {
  readonly fields: readonly { readonly name: string; readonly type: FastType }[];
  readonly positions: ReadonlyMap<string, number>;
  readonly mark: { readonly index: number; readonly startsWith: string } | undefined;
}

export type FastType = 'integer' | 'address' | 'action' | 'log-status' | 'text';

/** One flow log with all that its line is made of. */
export interface LineSource {
  /** As many as the format has fields. */
  readonly values: readonly string[];
  readonly message: string;
  /** The event's, in milliseconds since 1970. */
  readonly timestamp: number;
  readonly collected: Collected;
}

/** Where log events come from, as much as the choice of formats depends on. */
export interface EventSource {
  readonly owner: string;
  readonly logGroup: string;
  readonly logStream: string;
}

/** Where an event is that the fast path does not take. */
export interface OddPlace<Format> {
  readonly source: EventSource;
  /** To be tried on its message, in order. */
  readonly formats: readonly Format[];
  readonly collected: Collected;
  /** Which of the record's log events it is, from 0. */
  readonly index: number;
}

/** The general path, as much of it as a line is made of. */
export interface LineRules<Format extends FastFormat = FastFormat> {
  /** The line with a line feed at its end. */
  formatLine(format: Format, source: LineSource): string;
  /** A time as the line has it, RFC3339Nano. */
  formatTime(ms: number, offsetMinutes: number): string;
}

export interface GeneralPath<Format extends FastFormat, Odd> extends LineRules<Format> {
  /** The source of an envelope; undefined for one that is no payload with log events. */
  toSource(envelope: object): EventSource | undefined;
  /** Takes one log event, unless it was sent before; undefined if its record has to be taken as a whole. */
  takeOdd(event: unknown, place: OddPlace<Format>): OddEvent<Odd> | 'repeat' | undefined;
}

/** Tells the events that were sent before. */
export interface RepeatCheck {
  /** Looks at the events of the record from the first one. */
  restart(): void;
  /** @param from where the id begins, and where the message ends: between them is JSON without an escape or a blank */
  isRepeatAt(source: EventSource, view: DataView, from: number, to: number): boolean;
}

/** What the general path makes of one log event that the fast path does not take. */
export interface OddEvent<Odd> {
  /** With its line feed; undefined if it gives none. */
  readonly line: Uint8Array | undefined;
  /** For the caller, who counts it once the record is done. */
  readonly odd: Odd;
}
