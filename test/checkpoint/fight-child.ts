/**
 * Fights for one checkpoint with others. At each message, an array of what to do: `once` tries once and holds until the
 * next message; `until-won` tries until it has won, adds one to the number in the checkpoint, and lets go.
 */

import { once } from 'node:events';
import { open, rm } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { createFileStore } from '../../src/checkpoint/file-store.js';
import type { CheckpointStore } from '../../src/checkpoint/store.js';
import { CheckpointError } from '../../src/errors.js';
import { after, stream } from './positions.js';

const [path = ''] = process.argv.slice(2);
const marker = `${path}.holder`;

// Does not outlive the test.
process.on('disconnect', () => process.exit());
process.send?.('ready');
for (;;) {
  const [order] = await once(process, 'message');
  if (order === 'quit') break;
  process.send?.(await (order === 'once' ? tryOnce() : tryUntilWon()).catch(String));
}
process.disconnect();

async function tryOnce(): Promise<string> {
  const opened = await openStore();
  if (!opened) return 'refused';
  const fault = await mark();
  if (fault) return fault;
  process.send?.('won');
  await once(process, 'message');
  await rm(marker);
  await opened.store.close();
  return 'let go';
}

async function tryUntilWon(): Promise<string> {
  for (;;) {
    const opened = await openStore();
    if (!opened) {
      await delay(Math.random() * 100);
      continue;
    }
    const fault = await mark();
    if (fault) return fault;
    await opened.store.save(new Map([['shard', after(String(opened.count + 1))]]));
    await rm(marker);
    await opened.store.close();
    return 'added';
  }
}

async function openStore(): Promise<{ store: CheckpointStore; count: number } | undefined> {
  const store = createFileStore({ path, onRecovered: () => {} });
  try {
    const position = (await store.open(stream)).get('shard')?.position;
    return { store, count: position?.type === 'after' ? Number(position.sequenceNumber) : 0 };
  } catch (error) {
    if (error instanceof CheckpointError && error.kind === 'locked') return undefined;
    throw error;
  }
}

/** Only one file of this name can be made, so a second holder is found out. */
async function mark(): Promise<string | undefined> {
  try {
    await (await open(marker, 'wx')).close();
    return undefined;
  } catch (error) {
    return `two holders: ${error}`;
  }
}
