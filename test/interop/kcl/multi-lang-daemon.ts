/**
 * The real MultiLangDaemon, as a process group of its own with its children, configured by what `kcl --print-properties` prints.
 * Its jars are in the folder `KCL_JARS`, which `fetch-kcl.sh` fills.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { UnavailableError } from '../programs.js';

export type KclVersion = '2.5.4' | '3.1.3';

const cli = fileURLToPath(new URL('../../../plugin/cli.js', import.meta.url));
const credentials = { AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local', AWS_REGION: 'us-east-1' };
const logback = `<configuration><appender name="E" class="ch.qos.logback.core.ConsoleAppender"><target>System.err</target>
<encoder><pattern>%d{HH:mm:ss.SSS} %-5level %logger{20} - %msg%n%ex{3}</pattern></encoder></appender>
<root level="INFO"><appender-ref ref="E"/></root></configuration>`;

export interface DaemonOptions {
  readonly version: KclVersion;
  readonly folder: string;
  readonly manifest: string;
  readonly dynamoDbEndpoint: string;
}

/** Rejects with an `UnavailableError` without Java or the jars. */
export async function requireKcl(version: KclVersion): Promise<string> {
  const jars = join(process.env.KCL_JARS ?? '', `jars-${version}`);
  if (!existsSync(jars)) {
    throw new UnavailableError(`there is no KCL ${version}; run test/interop/kcl/fetch-kcl.sh FOLDER and set KCL_JARS`);
  }
  await promisify(execFile)('java', ['-version']).catch(() => {
    throw new UnavailableError('there is no Java');
  });
  return jars;
}

export class MultiLangDaemon {
  readonly #child: ChildProcess;
  readonly #log: string;

  private constructor(child: ChildProcess, log: string) {
    this.#child = child;
    this.#log = log;
  }

  static async start(
    name: string,
    { version, folder, manifest, dynamoDbEndpoint }: DaemonOptions,
  ): Promise<MultiLangDaemon> {
    const jars = await requireKcl(version);
    const bin = join(folder, 'bin');
    await mkdir(bin, { recursive: true });
    await writeFile(join(bin, 'kinesis-snare'), `#!/bin/sh\nexec '${process.execPath}' '${cli}' "$@"\n`);
    await chmod(join(bin, 'kinesis-snare'), 0o755);
    const env = { ...process.env, ...credentials, PATH: `${bin}${delimiter}${process.env.PATH}` };
    const printed = await promisify(execFile)('kinesis-snare', ['kcl', '--print-properties', '--manifest', manifest], {
      env,
    });
    const properties = join(folder, `${name}.properties`);
    await writeFile(properties, `${printed.stdout}${toLocal(name, dynamoDbEndpoint)}`);
    await writeFile(join(folder, 'logback.xml'), logback);
    const log = join(folder, `${name}.log`);
    const file = openSync(log, 'w');
    const main = 'software.amazon.kinesis.multilang.MultiLangDaemon';
    const options = ['--properties-file', properties, '--log-configuration', join(folder, 'logback.xml')];
    const child = spawn('java', ['-Xmx256m', '-cp', join(jars, '*'), main, ...options], {
      detached: true,
      stdio: ['ignore', file, file],
      env,
    });
    const daemon = new MultiLangDaemon(child, log);
    // It does not outlive this process, however that ends.
    process.once('exit', () => daemon.kill());
    return daemon;
  }

  /** As a supervisor or Ctrl-C does: every process of the group gets the signal. Resolves when all are gone. */
  async stop(): Promise<void> {
    this.#signal('SIGTERM');
    if (this.#child.exitCode === null && this.#child.signalCode === null) await once(this.#child, 'exit');
  }

  kill(): void {
    this.#signal('SIGKILL');
  }

  get hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** Memory of the daemon and of each of its children, in MB. */
  memory(): { readonly daemon: number; readonly children: readonly number[] } {
    const group = readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .flatMap((pid) => readProcess(pid) ?? [])
      .filter(({ pgid }) => pgid === this.#child.pid);
    const rss = (isDaemon: boolean) =>
      group.filter(({ pid }) => (pid === this.#child.pid) === isDaemon).map(({ megabytes }) => megabytes);
    return { daemon: rss(true)[0] ?? 0, children: rss(false) };
  }

  log(): Promise<string> {
    return readFile(this.#log, 'utf8');
  }

  #signal(signal: NodeJS.Signals): void {
    try {
      process.kill(-(this.#child.pid ?? 0), signal);
    } catch {}
  }
}

/** Later lines take precedence: local addresses, and the shortest times that KCL's own defaults would make minutes. */
function toLocal(name: string, dynamoDbEndpoint: string): string {
  return [
    `workerId = ${name}`,
    `dynamoDBEndpoint = ${dynamoDbEndpoint}`,
    'shardSyncIntervalMillis = 5000',
    'parentShardPollIntervalMillis = 1000',
    '',
  ].join('\n');
}

function readProcess(
  pid: string,
): { readonly pid: number; readonly pgid: number; readonly megabytes: number } | undefined {
  try {
    const pgid = Number(
      readFileSync(`/proc/${pid}/stat`, 'utf8')
        .replace(/^.*\) /s, '')
        .split(' ')[2],
    );
    const kilobytes = Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
    return { pid: Number(pid), pgid, megabytes: Math.round(kilobytes / 1024) };
  } catch {
    return undefined;
  }
}
