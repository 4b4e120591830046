/**
 * The counts of the ledger: log events by place and hour, in bounded memory. A place is a log group in an account, with the
 * subscription filters that sent its events: each filter sends a copy of its own, so their events must not be added up.
 */
import { z } from 'zod';
import type { EnvelopeSource } from '../envelope.js';
import { type EventTally, emptyTally, type HourTallies, hourMs } from '../tally.js';

export interface LedgerPlace {
  readonly owner: string;
  readonly logGroup: string;
  /** Empty for events that were fetched from the log group itself. */
  readonly subscriptionFilters: readonly string[];
}

/** By hour since 1970. */
export type Hours = Map<number, EventTally>;

export interface PlaceHours {
  readonly place: LedgerPlace;
  readonly hours: Hours;
}

export interface LedgerBounds {
  /** The first and the last hour to keep. */
  readonly fromHour: number;
  readonly toHour: number;
}

/** Hours of places together. A sender to the stream can make up names and times. */
export const MAX_CELLS = 100_000;
/** The clocks of AWS and of those who write logs differ. */
const aheadHours = 24;

export function boundsAt(nowMs: number, days: number): LedgerBounds {
  const hour = Math.floor(nowMs / hourMs);
  return { fromHour: hour - 24 * days, toHour: hour + aheadHours };
}

const everything: LedgerBounds = { fromHour: Number.NEGATIVE_INFINITY, toHour: Number.POSITIVE_INFINITY };

export class LedgerCounts {
  readonly places = new Map<string, PlaceHours>();
  /** By hour: the sums of the log groups for which there was no room. */
  readonly other: Hours = new Map();
  /** What is in none of the hours to keep. */
  readonly outside = emptyTally();
  #cells = 0;
  /** Where the last counts of each log stream went: to find a cell by its names takes longer. */
  #cellOf = new WeakMap<EnvelopeSource, { readonly hour: number; readonly cell: EventTally }>();

  /** Hours of places. */
  get cells(): number {
    return this.#cells;
  }

  get isEmpty(): boolean {
    return this.#cells === 0 && this.other.size === 0 && this.outside.events === 0;
  }

  add(tally: HourTallies, bounds = everything): void {
    tally.forEach((counts) => {
      const { source, hour } = counts;
      if (counts.events === 0 && counts.deadLettered === 0) return;
      let last = this.#cellOf.get(source);
      if (last?.hour !== hour) {
        last = { hour, cell: this.#cell(source, toKey(source), hour, bounds) };
        // Not `outside`: later bounds may include the hour.
        if (last.cell !== this.outside) this.#cellOf.set(source, last);
      }
      addTo(last.cell, counts);
    });
  }

  addAll(counts: LedgerCounts, bounds = everything): void {
    for (const [key, { place, hours }] of counts.places) {
      for (const [hour, tally] of hours) addTo(this.#cell(place, key, hour, bounds), tally);
    }
    for (const [hour, tally] of counts.other) addTo(this.#otherCell(hour, bounds), tally);
    addTo(this.outside, counts.outside);
  }

  clear(): void {
    this.places.clear();
    this.other.clear();
    Object.assign(this.outside, emptyTally());
    this.#cells = 0;
    this.#cellOf = new WeakMap();
  }

  /** The same without the hours before this one, which are dropped. */
  since(fromHour: number): LedgerCounts {
    const counts = new LedgerCounts();
    for (const { place, hours } of this.places.values()) {
      const source = { ...place, logStream: '' };
      for (const [hour, tally] of hours) if (hour >= fromHour) counts.add([{ source, hour, ...tally }]);
    }
    for (const [hour, tally] of this.other) if (hour >= fromHour) counts.other.set(hour, { ...tally });
    addTo(counts.outside, this.outside);
    return counts;
  }

  #cell(place: LedgerPlace, key: string, hour: number, bounds: LedgerBounds): EventTally {
    const known = this.places.get(key);
    const cell = known?.hours.get(hour);
    if (cell) return cell;
    if (hour < bounds.fromHour || hour > bounds.toHour) return this.outside;
    if (this.#cells >= MAX_CELLS) return this.#otherCell(hour, bounds);
    const { owner, logGroup, subscriptionFilters } = place;
    const found = known ?? { place: { owner, logGroup, subscriptionFilters }, hours: new Map() };
    if (!known) this.places.set(key, found);
    this.#cells++;
    return add(found.hours, hour);
  }

  /** By hour too, so at most as many as there are hours to keep. */
  #otherCell(hour: number, { fromHour, toHour }: LedgerBounds): EventTally {
    if (hour < fromHour || hour > toHour) return this.outside;
    if (this.other.size >= MAX_CELLS && !this.other.has(hour)) return this.outside;
    return this.other.get(hour) ?? add(this.other, hour);
  }
}

export function addTo(sum: EventTally, counts: Readonly<EventTally>): void {
  sum.events += counts.events;
  sum.deadLettered += counts.deadLettered;
  sum.filtered += counts.filtered;
  sum.unparsed += counts.unparsed;
  sum.skipData += counts.skipData;
}

function add(hours: Hours, hour: number): EventTally {
  const tally = emptyTally();
  hours.set(hour, tally);
  return tally;
}

/** The sources of a pipeline live long; see `LineTransform`. */
const keys = new WeakMap<object, string>();

function toKey(source: EnvelopeSource): string {
  const known = keys.get(source);
  if (known !== undefined) return known;
  const key = JSON.stringify([source.owner, source.logGroup, ...source.subscriptionFilters]);
  keys.set(source, key);
  return key;
}

const number = z.int().min(0).default(0);
const tallyShape = z.object({
  events: number,
  // A replay subtracts from it, and its batch may be added to a ledger without the dead letters.
  deadLettered: z.int().default(0),
  filtered: number,
  unparsed: number,
  skipData: number,
});
const hoursShape = z.record(z.string().regex(/^\d{4}-\d\d-\d\dT\d\d$/), tallyShape);

/** In files. Numbers that are 0 are left out. */
export const countsShape = z.object({
  places: z.array(
    z.object({
      owner: z.string(),
      logGroup: z.string(),
      subscriptionFilters: z.array(z.string()),
      hours: hoursShape,
    }),
  ),
  other: hoursShape.optional(),
  outside: tallyShape.optional(),
});

export type CountsText = z.output<typeof countsShape>;

/** For JSON. */
export function formatCounts({ places, other, outside }: LedgerCounts): CountsText {
  return {
    places: Array.from(places.values(), ({ place, hours }) => ({
      ...place,
      subscriptionFilters: [...place.subscriptionFilters],
      hours: formatHours(hours),
    })),
    ...(other.size > 0 && { other: formatHours(other) }),
    ...(outside.events > 0 && { outside: formatTally(outside) }),
  };
}

export function parseCounts(text: CountsText): LedgerCounts {
  const counts = new LedgerCounts();
  for (const { hours, ...place } of text.places) {
    const source = { ...place, logStream: '' };
    counts.add(parseHours(hours).map(([hour, tally]) => ({ source, hour, ...tally })));
  }
  for (const [hour, tally] of parseHours(text.other ?? {})) counts.other.set(hour, tally);
  if (text.outside) addTo(counts.outside, text.outside);
  return counts;
}

function formatHours(hours: Hours): Record<string, EventTally> {
  return Object.fromEntries(Array.from(hours, ([hour, tally]) => [formatHour(hour), formatTally(tally)]));
}

function parseHours(hours: Readonly<Record<string, EventTally>>): (readonly [number, EventTally])[] {
  return Object.entries(hours).map(([text, tally]) => [Date.parse(`${text}:00:00Z`) / hourMs, tally]);
}

function formatHour(hour: number): string {
  return new Date(hour * hourMs).toISOString().slice(0, 13);
}

/** Numbers that are 0 are left out, and read as 0. */
function formatTally(tally: EventTally): EventTally {
  return Object.fromEntries(Object.entries(tally).filter(([, count]) => count !== 0)) as unknown as EventTally;
}
