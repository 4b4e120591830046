/**
 * DynamoDB as dynalite emulates it, in a process of its own. Sends its address when it listens. Where that is allowed, it runs
 * before the others: a fleet that takes all processors would otherwise lose its leases to a table that does not answer.
 */
import { constants, setPriority } from 'node:os';
import { startDynalite } from '../fakes/dynalite.js';

try {
  setPriority(constants.priority.PRIORITY_HIGH);
} catch {
  // Only root may.
}
const { endpoint } = await startDynalite();
process.on('disconnect', () => process.exit());
process.send?.(endpoint);
