/** The latest events of a plugin as texts, in a limited amount of memory. */

export interface RecentEvent {
  /** In milliseconds since 1970. */
  readonly atMs: number;
  readonly level: 'info' | 'warn' | 'error';
  readonly message: string;
}

const maxEvents = 50;
/** A message may contain long names from outside. */
const maxChars = 500;

export class RecentEvents {
  readonly #now: () => number;
  #events: readonly RecentEvent[] = [];

  /** @param now in milliseconds since 1970 */
  constructor(now: () => number) {
    this.#now = now;
  }

  readonly add = (level: RecentEvent['level'], message: string): void => {
    const short = message.length > maxChars ? `${message.slice(0, maxChars)}...` : message;
    this.#events = [...this.#events.slice(1 - maxEvents), { atMs: this.#now(), level, message: short }];
  };

  get all(): readonly RecentEvent[] {
    return this.#events;
  }
}
