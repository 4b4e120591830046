/**
 * Which deliveries are confirmed, given how connections ended. A connection that ended well proves that the receiver read its
 * lines. Only a good end that was requested at least `holdMs` later proves that the receiver then survived. When an end was
 * seen proves less: a busy thread may see it late, after the receiver has died.
 */
interface Ending {
  readonly deliveries: number;
  askedMs: number;
  endedMs: number | undefined;
}

export class ConfirmedEnds {
  readonly #holdMs: number;
  /** In the order in which the connections were used; confirmed ones are removed. */
  readonly #endings: Ending[] = [];

  constructor(holdMs: number) {
    this.#holdMs = holdMs;
  }

  /** Connections whose end was requested and not yet seen. */
  get ending(): number {
    return this.#endings.filter((ending) => !hasEnded(ending)).length;
  }

  /** When the latest connection whose lines are still held ended well; undefined when none is held. */
  get heldSinceMs(): number | undefined {
    return latestEnd(this.#endings.filter(({ deliveries }) => deliveries > 0));
  }

  /** A connection with this many deliveries is about to be ended. Call the result once it has ended well. */
  begin(deliveries: number): (askedMs: number, endedMs: number) => void {
    const ending: Ending = { deliveries, askedMs: 0, endedMs: undefined };
    this.#endings.push(ending);
    return (askedMs, endedMs) => {
      ending.askedMs = askedMs;
      ending.endedMs = endedMs;
    };
  }

  /** Removes the confirmed deliveries and returns their number. */
  takeConfirmed(): number {
    let confirmed = 0;
    for (;;) {
      const [oldest, ...later] = this.#endings;
      if (oldest?.endedMs === undefined) return confirmed;
      const proofMs = Math.max(oldest.endedMs, ...later.filter(hasEnded).map(({ askedMs }) => askedMs));
      if (oldest.deliveries > 0 && proofMs - oldest.endedMs < this.#holdMs) return confirmed;
      confirmed += oldest.deliveries;
      this.#endings.shift();
    }
  }
}

function hasEnded({ endedMs }: Ending): boolean {
  return endedMs !== undefined;
}

function latestEnd(endings: readonly Ending[]): number | undefined {
  const times = endings.flatMap(({ endedMs }) => endedMs ?? []);
  return times.length > 0 ? Math.max(...times) : undefined;
}
