/**
 * Keeps a processor from going idle, with CPU time that no other program wants; one process runs for each processor. A program
 * that mostly waits, as with a single shard, finds cold caches and a low clock rate each time it wakes. All of its code,
 * including Node's own, then takes up to twice as long. That is a cost of the machine, not of a flow log.
 */
import { constants, setPriority } from 'node:os';

setPriority(constants.priority.PRIORITY_LOW);
process.on('disconnect', () => process.exit());
process.send?.('awake');
spin();

function spin(): void {
  for (const until = performance.now() + 20; performance.now() < until; );
  // Lets the process notice the end of its parent.
  setImmediate(spin);
}
