/** `check`: checks the whole path, from the manifest to the receiver, and says what to do. It changes nothing. */
import { toTerminalJson } from '../../terminal-text.js';
import { exitCodes } from '../exit.js';
import type { Screen } from '../screen.js';
import { checkManifest } from './check-manifest.js';
import { type CheckResult, worstOf } from './check-result.js';
import { formatResult, formatSummary } from './format-results.js';

export interface CheckOptions {
  readonly manifest: string;
  readonly json: boolean;
  /** Checks the manifest alone. */
  readonly isOffline: boolean;
  readonly screen: Screen;
  readonly write: (text: string) => void;
}

export async function checkCommand({ manifest, json, isOffline, screen, write }: CheckOptions): Promise<number> {
  const results: CheckResult[] = [];
  const steps = isOffline ? checkManifest(manifest).results : await checkAll(manifest);
  for await (const result of steps) {
    results.push(result);
    if (!json) write(formatResult(result, screen));
  }
  const status = worstOf(results);
  write(json ? `${toTerminalJson({ status, results })}\n` : formatSummary(results, screen));
  // The same exit code as for other commands: a supervisor should not restart the program with such a manifest.
  if (results.some((result) => result.name === 'manifest' && result.status === 'fail')) return exitCodes.configuration;
  return status === 'fail' ? exitCodes.fault : exitCodes.clean;
}

/** Loads the clients of AWS, which a check of the manifest alone does not use. */
async function checkAll(manifest: string): Promise<AsyncIterable<CheckResult>> {
  const [{ runChecks }, { systemClock }] = await Promise.all([
    import('./run-checks.js'),
    import('../../../src/clock.js'),
  ]);
  return runChecks(manifest, { clock: systemClock, signal: new AbortController().signal });
}
