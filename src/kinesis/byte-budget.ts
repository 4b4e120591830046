/**
 * A limit on bytes that several readers share. A reader reserves the most that it may receive, and later releases what did not
 * arrive and what was handed on. First come, first served, so that no reader starves.
 */
export class ByteBudget {
  /** The bound in bytes. */
  readonly total: number;
  #free: number;
  readonly #waiting: { readonly bytes: number; readonly grant: () => void }[] = [];

  constructor(total: number) {
    this.total = total;
    this.#free = total;
  }

  /** Reserved bytes. */
  get used(): number {
    return this.total - this.#free;
  }

  /**
   * Resolves with true when the bytes are reserved, with false if the signal aborts first. Rejects a reservation larger than
   * the limit, since it would wait forever.
   */
  async reserve(bytes: number, signal: AbortSignal): Promise<boolean> {
    if (bytes > this.total) throw new RangeError(`At most ${this.total} bytes can be reserved, not ${bytes}`);
    if (signal.aborted) return false;
    if (this.#waiting.length === 0 && bytes <= this.#free) {
      this.#free -= bytes;
      return true;
    }
    return new Promise((resolve) => {
      const giveUp = () => {
        this.#waiting.splice(this.#waiting.indexOf(entry), 1);
        this.#serve();
        resolve(false);
      };
      const entry = {
        bytes,
        grant: () => {
          signal.removeEventListener('abort', giveUp);
          resolve(true);
        },
      };
      this.#waiting.push(entry);
      signal.addEventListener('abort', giveUp, { once: true });
    });
  }

  release(bytes: number): void {
    this.#free += bytes;
    this.#serve();
  }

  #serve(): void {
    for (let next = this.#waiting[0]; next && next.bytes <= this.#free; next = this.#waiting[0]) {
      this.#free -= next.bytes;
      this.#waiting.shift();
      next.grant();
    }
  }
}
