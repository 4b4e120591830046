/**
 * Compares, hour by hour, the log events that CloudWatch Logs has with those that the ledger accounts for, as a pure decision.
 *
 * Each subscription filter sends a copy of every event, so the copies of two filters are not added up: two halves could hide a
 * gap in each. The filter that sent the most of an hour counts, and what was fetched from the log group itself is added.
 */
import { addTo, type LedgerCounts, type PlaceHours } from '../../../src/checkpoint/ledger-counts.js';
import { type EventTally, emptyTally, hourMs } from '../../../src/tally.js';

export interface ComparedHour {
  /** Its start, in milliseconds since 1970. */
  readonly fromMs: number;
  /** Events in CloudWatch Logs. */
  readonly existing: number;
  /** What the ledger accounts for. `events` includes dead letters and what was filtered. */
  readonly counted: Readonly<EventTally>;
  /** Confirmed by the output. */
  readonly delivered: number;
  /** In the dead-letter file, where `replay` can send them. */
  readonly deadLettered: number;
  /** Events of CloudWatch Logs for which the ledger has nothing. */
  readonly missing: number;
  /** Events that were accounted for once more than they exist, or that CloudWatch Logs does not show any more. */
  readonly surplus: number;
}

export interface Comparison {
  readonly hours: readonly ComparedHour[];
  /** Filters that sent events of the group in these hours, with more than one name for those that came together. */
  readonly filters: readonly string[];
  /** Accounts with a log group of this name, where more than one is in the ledger and none was chosen. */
  readonly accounts: readonly string[];
}

export interface CompareOptions {
  readonly logGroup: string;
  /** If undefined, the ledger decides. */
  readonly account: string | undefined;
  /** Whole hours. */
  readonly fromMs: number;
  readonly toMs: number;
}

export function compareHours(
  existing: ReadonlyMap<number, number>,
  { places }: Pick<LedgerCounts, 'places'>,
  { logGroup, account, fromMs, toMs }: CompareOptions,
): Comparison {
  const ofGroup = [...places.values()].filter(({ place }) => place.logGroup === logGroup);
  const owners = new Set(ofGroup.map(({ place }) => place.owner).filter((owner) => owner !== ''));
  // What was fetched with credentials that do not tell their account has no owner.
  const own = ofGroup.filter(({ place: { owner } }) => account === undefined || owner === '' || owner === account);
  const fetched = own.filter(({ place }) => place.subscriptionFilters.length === 0);
  const sent = groupByFilters(own.filter(({ place }) => place.subscriptionFilters.length > 0));
  const hours: ComparedHour[] = [];
  for (let hour = fromMs / hourMs; hour < toMs / hourMs; hour++) {
    const copies = [...sent.values()].map((places) => sumOf(places, hour));
    const counted = copies.reduce((most, copy) => (copy.events > most.events ? copy : most), emptyTally());
    addTo(counted, sumOf(fetched, hour));
    hours.push(toCompared(hour, existing.get(hour) ?? 0, counted));
  }
  const isSeen = (places: readonly PlaceHours[]) =>
    places.some((place) => [...place.hours.keys()].some((hour) => hour >= fromMs / hourMs && hour < toMs / hourMs));
  return {
    hours,
    filters: [...sent].flatMap(([filters, places]) => (isSeen(places) ? filters : [])),
    accounts: account === undefined && owners.size > 1 ? [...owners] : [],
  };
}

function toCompared(hour: number, existing: number, counted: EventTally): ComparedHour {
  // A dead letter that was written twice, before and after a crash, may be replayed twice.
  const deadLettered = Math.max(0, counted.deadLettered);
  return {
    fromMs: hour * hourMs,
    existing,
    counted,
    delivered: Math.max(0, counted.events - deadLettered - counted.filtered),
    deadLettered,
    missing: Math.max(0, existing - counted.events),
    surplus: Math.max(0, counted.events - existing),
  };
}

function sumOf(places: readonly PlaceHours[], hour: number): EventTally {
  const sum = emptyTally();
  for (const { hours } of places) {
    const tally = hours.get(hour);
    if (tally) addTo(sum, tally);
  }
  return sum;
}

function groupByFilters(places: readonly PlaceHours[]): ReadonlyMap<string, readonly PlaceHours[]> {
  const groups = new Map<string, PlaceHours[]>();
  for (const place of places) {
    const key = place.place.subscriptionFilters.join(', ');
    groups.set(key, [...(groups.get(key) ?? []), place]);
  }
  return groups;
}
