/** Standard output, or any writable stream that the package does not own and so never ends. */
import type { Writable } from 'node:stream';
import { type Channel, OutputClosedError } from './channel.js';

export function openStdoutChannel(stdout: Writable): Channel {
  const failure = new Promise<Error>((resolve) => {
    const close = (cause?: Error) =>
      resolve(new OutputClosedError('The reader of standard output has left', { cause }));
    stdout.once('error', close);
    stdout.once('close', () => close());
  });
  return {
    failure,
    write: (bytes) =>
      new Promise((resolve, reject) => {
        if (stdout.destroyed) return reject(new OutputClosedError('Standard output is closed'));
        stdout.write(bytes, (error) => {
          if (error) reject(new OutputClosedError('The reader of standard output has left', { cause: error }));
          else resolve();
        });
      }),
    end: async () => {},
    destroy: () => {},
  };
}
