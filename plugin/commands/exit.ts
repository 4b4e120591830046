/** The message and the exit code of a failed command. */
import { ConfigurationError } from '../../src/configuration-error.js';
import { CheckpointError, DeadLetterError, StartError } from '../../src/errors.js';
import { describeError } from '../../src/faults.js';
import { UntrustedFileError } from '../../src/trusted-file.js';
import { PluginStartError } from '../errors.js';

/** 78 is EX_CONFIG of sysexits.h: a supervisor should not restart the program until the configuration has changed. */
export const exitCodes = { clean: 0, fault: 1, usage: 2, configuration: 78 } as const;

/** A command cannot do its work. The message says why and what to do. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}

/** The command line is wrong. The message says how to write it. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export function explain(error: unknown): { readonly message: string; readonly code: number } {
  const isConfiguration = error instanceof ConfigurationError || error instanceof PluginStartError;
  const isUsage = error instanceof UsageError;
  const code = isConfiguration ? exitCodes.configuration : isUsage ? exitCodes.usage : exitCodes.fault;
  const explained = [StartError, CheckpointError, DeadLetterError, UntrustedFileError, CommandError];
  const isExplained = isConfiguration || isUsage || explained.some((kind) => error instanceof kind);
  // Any other error is a bug in the program; its stack is more useful than its message.
  const message = isExplained || !(error instanceof Error) ? describeError(error) : (error.stack ?? error.message);
  return { message, code };
}

/**
 * Ends the process at once, with the code if that is possible. `process.exit` waits for Node's threads, such as one that reads
 * from a file system that is gone; the signal ends the process then. The first process of a container relies on the exit,
 * because no signal that it sends to itself ends it.
 */
export function endNow(signal: 'SIGTERM' | 'SIGINT' | 'SIGKILL', code = process.exitCode): never {
  const isThreadBusy = process.getActiveResourcesInfo().some((name) => /^FSReq|Req(uest)?Wrap$/.test(name));
  if (isThreadBusy) {
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  }
  process.exit(code);
}
