/** The message by which a process of the benchmark asks for its turn, and by which it gets it. */
export const READY = 'ready';
