/** The calls between the outbox, where a connection confirms lines, and the tracker of acks, in their order. */
export function callsFromOutbox({ stack = '' }: Error): readonly string[] {
  const frames = stack.split('\n').slice(1);
  const first = frames.findIndex((frame) => frame.includes('src/deliver/outbox.js'));
  const calls = first === -1 ? frames : frames.slice(0, first);
  // What the tracker calls by itself is no part of the way to it.
  const last = calls.findLastIndex((frame) => frame.includes('src/checkpoint/ack-tracker.js'));
  return calls.slice(Math.max(0, last)).reverse();
}
