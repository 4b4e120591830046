/** Held by one caller at a time, in the order of the calls. If it is free, the caller does not wait. */
export class Mutex {
  #isLocked = false;
  readonly #waiting: (() => void)[] = [];

  /** Undefined if it was free; otherwise resolves when the caller holds it. The caller must then call `unlock`. */
  lock(): Promise<void> | undefined {
    if (this.#isLocked) return new Promise((resolve) => this.#waiting.push(resolve));
    this.#isLocked = true;
    return undefined;
  }

  unlock(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#isLocked = false;
  }
}
