/** Lets one through at a time, in the order of their coming. Whoever comes while nobody is in does not wait. */
export class Turnstile {
  #isTaken = false;
  readonly #waiting: (() => void)[] = [];

  /** Undefined when it is free; else resolves when it is one's turn. `leave` has to follow. */
  enter(): Promise<void> | undefined {
    if (this.#isTaken) return new Promise((resolve) => this.#waiting.push(resolve));
    this.#isTaken = true;
    return undefined;
  }

  leave(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#isTaken = false;
  }
}
