/** The message and the exit code of a failed command. */
import { spawn } from 'node:child_process';
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

/** How long `process.exit` may take, in milliseconds. It ends every thread of Node. */
const exitMs = 500;

/**
 * Ends the process at once, with the code if that is possible. `process.exit` waits for Node's threads, such as one that reads
 * from a file system that is gone, and Node does not say whether one is busy. A separate process ends this one by the signal
 * then. In a container no signal from within ends the first process, which relies on the exit.
 */
export function endNow(signal: 'SIGTERM' | 'SIGINT' | 'SIGKILL', code = process.exitCode): never {
  process.removeAllListeners(signal);
  // Once this process has ended, its number may be another's.
  const killParent = `setTimeout(() => process.ppid === ${process.pid} && process.kill(${process.pid}, '${signal}'), ${exitMs})`;
  spawn(process.execPath, ['--eval', killParent], { detached: true, stdio: 'ignore', env: {} }).on('error', () => {});
  process.exit(code);
}
