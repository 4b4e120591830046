/**
 * The receivers under test, each with a configuration that writes every line as it came to one file. What a user would
 * leave at its default is left so; where something is set, the comment says why.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { takeOwnPort } from '../fakes/own-port.js';
import type { Certificates } from './certificates.js';
import { Daemon } from './daemon.js';
import { findProgram } from './programs.js';

export interface Receiver {
  /** Where lines are sent. */
  readonly port: number;
  /** The file that gets them. */
  readonly path: string;
  /** What writes the file. */
  readonly writer: Daemon;
  /** What stands before the writer, if anything does. */
  readonly front?: Daemon;
}

export interface RsyslogOptions {
  readonly input?: 'imtcp' | 'imptcp';
  /** `default`: 50,000 messages in memory. `direct`: the thread that reads the connection also writes the file. */
  readonly queue?: 'default' | 'direct';
  readonly tls?: Certificates | undefined;
}

export async function createRsyslog(
  folder: string,
  { input = 'imtcp', queue = 'default', tls }: RsyslogOptions = {},
): Promise<Receiver> {
  const { path: program, modules, env } = findProgram('rsyslogd', tls ? 'lmnsd_gtls.so' : `${input}.so`);
  const { port } = await takeOwnPort();
  const path = join(folder, 'lines');
  const config = join(folder, 'rsyslog.conf');
  writeFileSync(
    config,
    `global(
  workDirectory="${folder}"
  # The default cuts at 8 KiB.
  maxMessageSize="256k"
  # The default turns the tabs of a Snare line into #011.
  parser.escapeControlCharacterTab="off"
  ${tls ? `defaultNetstreamDriverCAFile="${tls.ca}"` : ''}
  ${tls ? `defaultNetstreamDriverCertFile="${tls.cert}" defaultNetstreamDriverKeyFile="${tls.key}"` : ''}
)
${queue === 'direct' ? 'main_queue(queue.type="Direct")' : ''}
module(load="${input}"${tls ? ' streamDriver.name="gtls" streamDriver.mode="1" streamDriver.authMode="anon"' : ''})
input(type="${input}" address="127.0.0.1" port="${port}")
template(name="asItCame" type="string" string="%rawmsg%\\n")
action(type="omfile" file="${path}" template="asItCame")
`,
  );
  const args = ['-n', '-f', config, '-i', join(folder, 'rsyslog.pid'), '-M', modules ?? ''];
  return { port, path, writer: new Daemon({ path: program, args, env, port }) };
}

export interface SyslogNgOptions {
  /** `network`: lines with a line feed. `syslog`: octet-counting. */
  readonly driver?: 'network' | 'syslog';
  readonly tls?: Certificates | undefined;
}

export async function createSyslogNg(
  folder: string,
  { driver = 'network', tls }: SyslogNgOptions = {},
): Promise<Receiver> {
  const { path: program, modules, env } = findProgram('syslog-ng', 'libsyslogformat.so');
  const { port } = await takeOwnPort();
  const path = join(folder, 'lines');
  const config = join(folder, 'syslog-ng.conf');
  writeFileSync(
    config,
    `@version: 3.35
options { stats-freq(0); };
source s_in {
  ${driver}(
    ip("127.0.0.1") port(${port}) transport("${tls ? 'tls' : 'tcp'}")
    # The default cuts at 64 KiB.
    log-msg-size(262144)
    # Connections overlap while they rotate; the default refuses the eleventh.
    max-connections(100)
    flags(no-parse)
    ${tls ? `tls(cert-file("${tls.cert}") key-file("${tls.key}") peer-verify(optional-untrusted))` : ''}
  );
};
destination d_file { file("${path}" template("$MSG\\n") template-escape(no)); };
# Without flow control syslog-ng itself throws lines away that its destination cannot take in time.
log { source(s_in); destination(d_file); flags(flow-control); };
`,
  );
  const files = ['-R', join(folder, 'persist'), '-p', join(folder, 'pid'), '-c', join(folder, 'ctl')];
  const args = ['-F', '--no-caps', '-f', config, ...files, '--module-path', modules ?? ''];
  return { port, path, writer: new Daemon({ path: program, args, env, port }) };
}

/** The receiver of this package's other tests, which keeps lines in memory for a while before it writes them. */
export async function createNodeReceiver(folder: string): Promise<Receiver> {
  const { port } = await takeOwnPort();
  const path = join(folder, 'lines');
  const program = fileURLToPath(new URL('../fakes/receiver-child.js', import.meta.url));
  const args = [program, String(port), path, '100'];
  return { port, path, writer: new Daemon({ path: process.execPath, args, env: process.env, port }) };
}

/** A foreign TLS end in front of a receiver of plain TCP. */
export async function createStunnel(
  folder: string,
  behind: Receiver,
  tls: Certificates | undefined,
): Promise<Receiver> {
  if (!tls) throw new Error('stunnel needs certificates');
  const { path: program, env } = findProgram('stunnel4');
  const { port } = await takeOwnPort();
  const config = join(folder, 'stunnel.conf');
  writeFileSync(
    config,
    `foreground = yes
syslog = no
pid =
debug = err
[lines]
accept = 127.0.0.1:${port}
connect = 127.0.0.1:${behind.port}
cert = ${tls.cert}
key = ${tls.key}
`,
  );
  return { ...behind, port, front: new Daemon({ path: program, args: [config], env, port }) };
}

export async function startReceiver({ writer, front }: Receiver): Promise<void> {
  await writer.start();
  await front?.start();
}

/** At the end of a set-up; a receiver that does not run stays so. */
export async function stopReceiver({ writer, front }: Receiver): Promise<void> {
  await front?.kill('SIGKILL');
  await writer.kill('SIGKILL');
}
