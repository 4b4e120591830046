/**
 * `kcl`: the child of KCL's MultiLangDaemon, one process for each shard. Nothing but the protocol is written to standard output. A
 * signal to the whole group of processes is left to the daemon, which then asks this process to finish.
 */
import type { Readable } from 'node:stream';
import { isArn } from '../../../src/aws/arn.js';
import { nameOutput } from '../../../src/pipeline/open-output.js';
import { PushedSource } from '../../../src/pipeline/pushed-source.js';
import type { Plugin } from '../../plugin.js';
import { createPluginWithSource } from '../../plugin-with-source.js';
import type { PushedSettings } from '../../pushed-settings.js';
import type { Diagnostics } from '../diagnostics.js';
import { CommandError, exitCodes, UsageError } from '../exit.js';
import { Daemon, type DaemonCall } from './daemon.js';
import { loadChildSettings } from './load-settings.js';
import { ShardChild } from './shard-child.js';

export interface KclOptions {
  readonly manifest: string;
  /** Where the daemon writes to; a terminal is refused. */
  readonly stdin: Readable & { readonly isTTY?: boolean };
  /** Writes to the daemon. */
  readonly write: (text: string) => void;
  readonly diagnostics: Diagnostics;
}

export async function kclCommand({ manifest, stdin, write, diagnostics }: KclOptions): Promise<number> {
  if (stdin.isTTY) {
    throw new UsageError("kcl is started by KCL's MultiLangDaemon; see kinesis-snare kcl --print-properties");
  }
  const settings = loadChildSettings(manifest);
  const daemon = new Daemon(stdin, write);
  let opened: OpenShard | undefined;
  try {
    for await (const call of daemon.calls()) {
      opened ??= await openShard(call, settings, daemon, diagnostics);
      await Promise.race([opened.child.handle(call), opened.failed]);
      daemon.status(call);
    }
    return exitCodes.clean;
  } finally {
    // Without the daemon nothing can be stored any more: waiting would only send more lines twice.
    await opened?.plugin.stop();
  }
}

interface OpenShard {
  readonly child: ShardChild;
  readonly plugin: Plugin;
  /** Rejects when the plugin has stopped by itself; never resolves. */
  readonly failed: Promise<never>;
}

async function openShard(
  call: DaemonCall,
  settings: PushedSettings,
  daemon: Daemon,
  diagnostics: Diagnostics,
): Promise<OpenShard> {
  if (call.action !== 'initialize') throw new CommandError(`Expected "initialize" first, got "${call.action}"`);
  const { shardId } = call;
  const { input, output, deadLetter, drainTimeoutMs } = settings;
  // Each shard is a process, and a file of dead letters belongs to one process.
  const path = `${deadLetter.path}.${shardId.replace(/[^\w.-]/g, '-')}`;
  const own = { ...settings, deadLetter: { ...deadLetter, path }, drainTimeoutMs: 0 };
  const { plugin, source } = createPluginWithSource(own, (wiring) => new PushedSource(wiring));
  diagnostics.watch(plugin, { output: nameOutput(output) });
  process.on('SIGUSR2', () => diagnostics.logJson('Statistics', { stats: plugin.stats() }));
  const failed = new Promise<never>((_, reject) => {
    plugin.on('failed', ({ message }) => reject(new CommandError(message)));
    plugin.on('output-closed', ({ message }) => reject(new CommandError(message)));
  });
  failed.catch(() => {});
  if (isArn(input.stream)) source.setStream(input.stream);
  await plugin.start();
  diagnostics.log('info', `Delivering shard "${shardId}" from ${call.sequenceNumber ?? 'its checkpoint'}`, { shardId });
  const { checkpointIntervalMs } = input;
  const child = new ShardChild({
    daemon,
    plugin,
    source,
    shardId,
    drainTimeoutMs,
    checkpointIntervalMs,
    log: diagnostics.log,
  });
  return { child, plugin, failed };
}
