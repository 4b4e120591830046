/** A line at the bottom of a terminal that is updated in place; ordinary lines scroll above it. */
export interface StatusLine {
  /** Whether the output is a terminal; otherwise the status is never written. */
  readonly isTerminal: boolean;
  /** Width available for a status; a longer one is cut. */
  readonly columns: number;
  /** Writes ordinary text, in complete lines. */
  write(text: string): void;
  /** Replaces the status. */
  show(status: string): void;
  /** Removes the status. */
  clear(): void;
  /** From now on, no status is shown. */
  mute(): void;
}

interface Terminal {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** Moves to the start of the line and clears it. */
const erase = '\r\u001b[K';

export function createStatusLine(terminal: Terminal): StatusLine {
  let isTerminal = terminal.isTTY === true;
  let shown = '';
  return {
    get isTerminal() {
      return isTerminal;
    },
    get columns() {
      // A status that wraps could not be erased.
      return Math.max(1, (terminal.columns || 80) - 1);
    },
    write(text) {
      terminal.write(shown === '' ? text : `${erase}${text}${shown}`);
    },
    show(status) {
      if (!isTerminal) return;
      shown = status.slice(0, this.columns);
      terminal.write(`${erase}${shown}`);
    },
    clear() {
      if (shown !== '') terminal.write(erase);
      shown = '';
    },
    mute() {
      this.clear();
      isTerminal = false;
    },
  };
}
