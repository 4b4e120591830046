/**
 * Keeps a processor from falling asleep, with what time nobody else wants: one process for each processor. A program that
 * waits most of the time, as one shard lets it, finds caches cold and clocks low each time that it wakes, and all its code
 * takes up to twice as long, Node's own too; that is the machine's cost, not that of a flow log.
 */
import { constants, setPriority } from 'node:os';

setPriority(constants.priority.PRIORITY_LOW);
process.on('disconnect', () => process.exit());
process.send?.('awake');
spin();

function spin(): void {
  for (const until = performance.now() + 20; performance.now() < until; );
  // Lets the end of the parent be seen.
  setImmediate(spin);
}
