/** Where the local sockets of a file are: beside it, so that every process that names the file finds them. */
import { createHash } from 'node:crypto';

/** The longest path of a socket is 104 bytes on some systems and 108 on others, with its terminating zero. */
const maxSocketPathBytes = 103;
/** What a process adds to the name while it creates the socket. */
const draftSuffixBytes = '-abcdef/s'.length;

/**
 * The path beside the file, or for a very long path a name in `/tmp`.
 *
 * @param file as `resolveFile` returns it
 * @param beside the path of the file with an ending, such as `.lock`
 * @param suffixBytes what a caller adds to the name
 */
export function socketAddress(file: string, beside: string, suffixBytes: number): string {
  const hash = createHash('sha256').update(file).digest('hex').slice(0, 16);
  const ending = beside.slice(file.length);
  // The pipe of the lock had this name before there were others.
  if (process.platform === 'win32') return `\\\\.\\pipe\\kinesis-snare-${hash}${ending === '.lock' ? '' : ending}`;
  // Not the folder in TMPDIR: two processes may have different ones.
  return Buffer.byteLength(beside) + suffixBytes <= maxSocketPathBytes ? beside : `/tmp/kinesis-snare-${hash}${ending}`;
}

/** Where the process that uses a checkpoint answers with its status. */
export function statusAddress(checkpoint: string): string {
  return socketAddress(checkpoint, `${checkpoint}.status`, draftSuffixBytes);
}
