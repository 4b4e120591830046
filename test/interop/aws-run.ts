/**
 * The program against AWS services of another maker: `npm run test:interop`. Runs every chain that this machine has the
 * emulator for, says what it skipped and why, and ends with 1 when one failed.
 */
import { backfillFromMoto } from './backfill.js';
import { UnavailableError } from './programs.js';
import { lookUpFormats, setUpChain } from './setup-chain.js';

const chains: Readonly<Record<string, () => Promise<string>>> = {
  'setup, log group, filter, stream and receiver through moto': setUpChain,
  'formats looked up in moto': lookUpFormats,
  'backfill from moto': backfillFromMoto,
};

const results = { passed: 0, failed: 0, skipped: 0 };
for (const [name, run] of Object.entries(chains)) {
  try {
    console.log(`${name}: ${await run()}`);
    results.passed++;
  } catch (error) {
    const isSkipped = error instanceof UnavailableError;
    console.log(`${name}: ${isSkipped ? 'skipped' : 'FAILED'}: ${(error as Error).message}`);
    results[isSkipped ? 'skipped' : 'failed']++;
  }
}
console.log(`\n${results.passed} passed, ${results.failed} failed, ${results.skipped} skipped`);
process.exitCode = results.failed > 0 ? 1 : 0;
