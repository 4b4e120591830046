/** One line at the foot of a terminal that changes in place; ordinary lines scroll above it. */
export interface StatusLine {
  /** Whether there is a terminal for it; where there is none, the status is never written. */
  readonly isTerminal: boolean;
  /** Room for a status; what is longer is cut. */
  readonly columns: number;
  /** Ordinary text, whole lines of it. */
  write(text: string): void;
  /** Replaces the status. */
  show(status: string): void;
  /** Removes the status. */
  clear(): void;
}

interface Terminal {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** Moves to the start of the line and clears it. */
const erase = '\r\u001b[K';

export function createStatusLine(terminal: Terminal): StatusLine {
  const isTerminal = terminal.isTTY === true;
  let shown = '';
  return {
    isTerminal,
    get columns() {
      // A line that wraps could not be erased.
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
  };
}
