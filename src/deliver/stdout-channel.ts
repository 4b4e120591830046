/** Standard output, or any writable stream that the package does not own and therefore never ends. */

import { fstatSync, write as writeCallback } from 'node:fs';
import type { Writable } from 'node:stream';
import { promisify } from 'node:util';
import { OutputClosedError } from '../errors.js';
import type { Channel } from './channel.js';

const writeFile = promisify(writeCallback);

/** Streams with an error listener for the time after their channel; the listener is never removed. */
const guarded = new WeakSet<Writable>();

export function openStdoutChannel(stdout: Writable & { readonly fd?: number }): Channel {
  if (!guarded.has(stdout)) stdout.on('error', () => {});
  guarded.add(stdout);
  const fileFd = stdout.fd !== undefined && fstatSync(stdout.fd).isFile() ? stdout.fd : undefined;
  let fail = (_error: Error) => {};
  const failure = new Promise<Error>((resolve) => {
    fail = (error) => resolve(closedBy(error));
  });
  const onClose = () => fail(new Error('It is closed'));
  stdout.once('error', fail);
  stdout.once('close', onClose);
  let giveUpWrite = (_error: Error) => {};
  return {
    failure,
    write: (bytes) =>
      new Promise((resolve, reject) => {
        giveUpWrite = reject;
        const written = fileFd === undefined ? writeToStream(stdout, bytes) : writeToFile(fileFd, bytes);
        written.then(resolve, (error) => reject(closedBy(error)));
      }),
    end: async () => {},
    destroy() {
      stdout.off('error', fail);
      stdout.off('close', onClose);
      giveUpWrite(new Error('The channel was destroyed'));
    },
  };
}

function writeToStream(stdout: Writable, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    stdout.write(bytes, (error) => {
      if (error || stdout.destroyed) reject(error ?? new Error('It is closed'));
      else resolve();
    });
  });
}

/** Node's own stream over a file reports a write as complete even if a full disk took only a part. */
async function writeToFile(fd: number, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length; ) done += (await writeFile(fd, bytes, done)).bytesWritten;
}

function closedBy(cause: Error & { readonly code?: string }): OutputClosedError {
  const hasReaderLeft = cause.code === 'EPIPE';
  const text = hasReaderLeft ? 'The reader of standard output has left' : `Standard output failed: ${cause.message}`;
  return new OutputClosedError(text, { cause, isFault: !hasReaderLeft });
}
