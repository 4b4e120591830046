/**
 * Keeps the process alive while lines are unconfirmed. Sockets and timers of an output do not, since an idle output must not
 * keep a program running that has nothing else to do.
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

/** The longest timer that Node allows. */
const longestMs = 2 ** 31 - 1;
