/** The command line as a process. */
import { setFlagsFromString } from 'node:v8';
import { endNow } from './exit.js';
import { runProgram } from './run-program.js';

/**
 * On a machine with much memory, V8 lets the heap grow to three or four times the size of its live objects before it collects the
 * old ones. With many small records, that takes 80 MB more, and saves only 3 to 5 % of the computing time.
 */
setFlagsFromString('--heap-growing-percent=80');
// The SDK warns about old versions of Node on standard error, where only our own messages belong.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
// If the reader of standard output closes the pipe, that is an end, not a fault. Outputs that care add their own listener.
process.stdout.on('error', () => {});
// The reader of standard error may close the pipe, as in `2>&1 | head`, or a terminal may close. The work continues.
process.stderr.on('error', () => {});

/** The process does not exit here. It ends when nothing is left to do, so that all output is flushed. */
export async function runProcess(args: readonly string[]): Promise<void> {
  process.exitCode = await runProgram(args, process);
  endSoon();
}

/** After a fault, something may hang, such as a write to a file system that is gone. `process.exit` would wait for it too. */
function endSoon(): void {
  setTimeout(() => endNow('SIGKILL'), 3000).unref();
}
