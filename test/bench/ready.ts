/** What a process of the benchmark says when it waits for its turn, and is told when it has it. */
export const READY = 'ready';
