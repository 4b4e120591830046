/**
 * The command line as a process. Records go to standard output and nothing else does; messages about them go to standard error.
 * Exit codes: 0 clean, 1 a fault or lines undelivered after the drain, 2 usage, 78 a bad configuration.
 */
import { CommanderError } from 'commander';
import { ConfigurationError } from '../../src/configuration-error.js';
import { createDiagnostics, type Diagnostics } from './diagnostics.js';
import { endNow, exitCodes, explain } from './exit.js';
import type { CommonOptions } from './options.js';
import { createProgram } from './program.js';
import { screenOf } from './screen.js';
import { createStatusLine } from './status-line.js';

// The SDK warns about old versions of Node on standard error, where only our own messages belong.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
// If the reader of standard output closes the pipe, that is an end, not a fault. Outputs that care add their own listener.
process.stdout.on('error', () => {});
// The reader of standard error may close the pipe, as in `2>&1 | head`, or a terminal may close. The work continues.
process.stderr.on('error', () => {});

const statusLine = createStatusLine(process.stderr);

/** The process does not exit here. It ends when nothing is left to do, so that all output is flushed. */
async function run(
  { logFormat, logLevel, quiet = false }: CommonOptions,
  command: (diagnostics: Diagnostics) => Promise<number>,
): Promise<void> {
  if (quiet) statusLine.mute();
  const diagnostics = createDiagnostics({
    format: logFormat,
    level: quiet ? 'error' : logLevel,
    write: (text) => statusLine.write(text),
    screen: screenOf(process.stderr),
  });
  try {
    process.exitCode = await command(diagnostics);
  } catch (error) {
    const { message, code } = explain(error);
    // A `ConfigurationError` has one fault on each line; its text contains no other line feeds.
    for (const line of error instanceof ConfigurationError ? message.split('\n') : [message])
      diagnostics.log('error', line);
    process.exitCode = code;
  }
  diagnostics.close();
  endSoon();
}

/** After a fault, something may hang, such as a write to a file system that is gone. `process.exit` would wait for it too. */
function endSoon(): void {
  setTimeout(() => endNow('SIGKILL'), 3000).unref();
}

export async function runProgram(args: readonly string[]): Promise<void> {
  try {
    // The script of `completion` asks for suggestions with this word.
    const isCompleting = args[0] === 'complete';
    const program = createProgram({ run, statusLine, isCompleting });
    if (isCompleting) (await import('./completion.js')).addSuggestions(program);
    // `-V` is the former short name of `--version`.
    await program.parseAsync(args[0] === '-V' ? ['-v'] : args, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    process.exitCode = error.exitCode === 0 ? 0 : exitCodes.usage;
  }
}
