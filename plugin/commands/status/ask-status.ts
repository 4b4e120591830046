/** Asks the process that uses a checkpoint for its status. */
import { lstat } from 'node:fs/promises';
import { connect } from 'node:net';
import { dirname } from 'node:path';
import { isLocked } from '../../../src/checkpoint/lock.js';
import { describeError } from '../../../src/faults.js';
import { sampleMs } from '../../../src/report/history.js';
import { type Snapshot, snapshotFormat } from '../../../src/report/snapshot.js';
import type { Settings } from '../../../src/settings/settings.js';
import { statusAddress } from '../../../src/socket-address.js';
import { isTrustedUser, resolveFile } from '../../../src/trusted-file.js';
import { nameManifest } from '../../manifest/name-manifest.js';
import { CommandError } from '../exit.js';
import { packageVersion } from '../package-version.js';

/** A process that is busy answers late; one that hangs does not answer. */
const timeoutMs = 5000;
/** Thousands of shards fit. */
const maxBytes = 64 * 1024 * 1024;

/** Rejects with a `CommandError` if no process that may be asked answers, or if its version is too different. */
export async function askStatus({ input }: Settings, manifest: string): Promise<Snapshot> {
  if (!input) throw new CommandError(`There is no input in "${manifest}", so no process reads for it`);
  const { checkpoint } = input;
  if (checkpoint.type === 'memory')
    throw new CommandError('A process whose input.checkpoint.type is "memory" cannot be asked; use metrics');
  const file = await resolveFile(checkpoint.path);
  const address = statusAddress(file);
  await refuseStranger(address, file);
  const text = await ask(address).catch(async (error: NodeJS.ErrnoException) => {
    throw new CommandError(await describeFailure(error, checkpoint.path, manifest));
  });
  return parse(text, address);
}

/**
 * In `/tmp`, another user may have put a socket of his own there. Root may ask the process of any user, but takes the answer only
 * of the user to whom the checkpoint belongs. That user decides what the process answers anyway; the answer is only shown.
 */
async function refuseStranger(address: string, checkpoint: string): Promise<void> {
  const found = process.platform === 'win32' ? undefined : await lstat(address).catch(() => undefined);
  if (!found || isTrustedUser(found.uid)) return;
  if (process.geteuid?.() !== 0) {
    const message = `"${address}" belongs to user ${found.uid}, and only that user and root may ask its process; run the command as that user`;
    throw new CommandError(message);
  }
  // Before the first checkpoint is written, its folder says whose it is.
  const owned = await lstat(checkpoint).catch(() => lstat(dirname(checkpoint)));
  if (found.uid !== owned.uid) {
    const message = `"${address}" belongs to user ${found.uid}, and the checkpoint to user ${owned.uid}, so another process may answer there; remove it if it is not that of your process`;
    throw new CommandError(message);
  }
  // A link could lead root to a socket of somebody else.
  if (!found.isSocket()) throw new CommandError(`"${address}" is not a socket of a process; remove it`);
}

async function describeFailure(error: NodeJS.ErrnoException, checkpoint: string, manifest: string): Promise<string> {
  if (error.code === 'ENOENT' || error.code === 'ECONNREFUSED') {
    if (await isLocked(checkpoint).catch(() => false))
      return `The process that uses the checkpoint "${checkpoint}" has no status socket now; it opens one within ${sampleMs / 1000} s, or reports why it cannot`;
    return `No process uses the checkpoint "${checkpoint}" now; start one with npx kinesis-snare run${nameManifest(manifest)}`;
  }
  if (error.code === 'EACCES' || error.code === 'EPERM')
    return `The process that uses the checkpoint "${checkpoint}" belongs to another user; run the command as that user`;
  return `The process that uses the checkpoint "${checkpoint}" gave no status: ${describeError(error)}`;
}

function ask(address: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const socket = connect(address);
    const timer = setTimeout(() => socket.destroy(new Error(`no answer within ${timeoutMs / 1000} s`)), timeoutMs);
    socket
      .on('data', (chunk) => {
        chunks.push(chunk);
        bytes += chunk.length;
        if (bytes > maxBytes) socket.destroy(new Error('its answer is too long'));
      })
      .on('end', () => resolve(Buffer.concat(chunks).toString()))
      .on('error', reject)
      .on('close', () => {
        clearTimeout(timer);
        // After an end or an error, this changes nothing.
        reject(new Error('the connection was closed'));
      });
  });
}

function parse(text: string, address: string): Snapshot {
  let value: Partial<Snapshot> | null;
  try {
    value = JSON.parse(text) as Partial<Snapshot> | null;
  } catch {
    throw new CommandError(`What answers at "${address}" is not kinesis-snare, or it has just ended`);
  }
  if (value?.format === snapshotFormat && value.stats && value.health) return value as Snapshot;
  const version = typeof value?.version === 'string' ? value.version : 'unknown';
  const message = `The process has version ${version}, whose status version ${packageVersion()} cannot read; use one version for both`;
  throw new CommandError(message);
}
