/**
 * Runs a command line. Records go to standard output and nothing else does; messages about them go to standard error.
 * Exit codes: 0 clean, 1 a fault or lines undelivered after the drain, 2 usage, 78 a bad configuration.
 */
import type { Readable } from 'node:stream';
import { CommanderError } from 'commander';
import { ConfigurationError } from '../../src/configuration-error.js';
import { createDiagnostics, type Diagnostics } from './diagnostics.js';
import { exitCodes, explain } from './exit.js';
import type { CommonOptions } from './options.js';
import { createProgram } from './program.js';
import { type OutputStream, screenOf } from './screen.js';
import { createStatusLine, type StatusLine } from './status-line.js';

export interface Streams {
  /** For the messages of KCL's daemon. */
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
}

/**
 * @param args the words after the name of the program
 * @param streams of the process, or in place of them; an output of type `stdout`, the demo and questions use those of the process
 * @returns the exit code
 */
export async function runProgram(args: readonly string[], streams: Streams): Promise<number> {
  const statusLine = createStatusLine(streams.stderr);
  let exitCode: number = exitCodes.clean;
  const run = async (options: CommonOptions, command: (diagnostics: Diagnostics) => Promise<number>) => {
    exitCode = await runCommand(options, command, statusLine, streams);
  };
  try {
    // The script of `completion` asks for suggestions with this word.
    const isCompleting = args[0] === 'complete';
    const program = createProgram({ run, statusLine, streams, isCompleting });
    if (isCompleting) (await import('./completion.js')).addSuggestions(program);
    // `-V` is the former short name of `--version`.
    await program.parseAsync(args[0] === '-V' ? ['-v'] : args, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? exitCodes.clean : exitCodes.usage;
  }
  return exitCode;
}

async function runCommand(
  { logFormat, logLevel, quiet = false }: CommonOptions,
  command: (diagnostics: Diagnostics) => Promise<number>,
  statusLine: StatusLine,
  { stderr }: Streams,
): Promise<number> {
  if (quiet) statusLine.mute();
  const diagnostics = createDiagnostics({
    format: logFormat,
    level: quiet ? 'error' : logLevel,
    write: (text) => statusLine.write(text),
    screen: screenOf(stderr),
  });
  try {
    return await command(diagnostics);
  } catch (error) {
    const { message, code } = explain(error);
    // A `ConfigurationError` has one fault on each line; its text contains no other line feeds.
    for (const line of error instanceof ConfigurationError ? message.split('\n') : [message])
      diagnostics.log('error', line);
    return code;
  } finally {
    diagnostics.close();
  }
}
