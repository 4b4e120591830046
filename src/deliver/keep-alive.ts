/**
 * Keeps the process alive while it has to be. Sockets and timers of an output do not, since an idle output must not hold a
 * program that has nothing else to do; so while lines are unconfirmed, only this does.
 */
export class KeepAlive {
  #timer: NodeJS.Timeout | undefined;

  set(isNeeded: boolean): void {
    if (isNeeded) this.#timer ??= setInterval(() => {}, longestMs);
    else {
      clearInterval(this.#timer);
      this.#timer = undefined;
    }
  }
}

/** The longest that a timer of Node can be. */
const longestMs = 2 ** 31 - 1;
