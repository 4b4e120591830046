/** One line at the foot of a terminal that changes in place, above which ordinary lines go by. */
export interface StatusLine {
  /** Whether there is a terminal for it; where there is none, it is never written. */
  readonly isTerminal: boolean;
  /** Room for a status; what is longer is cut. */
  readonly columns: number;
  /** Ordinary text, whole lines of it. */
  write(text: string): void;
  /** Shows this in place of what was shown. */
  show(status: string): void;
  /** Takes it away. */
  clear(): void;
}

interface Terminal {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** To the beginning of the line, and away with what is there. */
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
