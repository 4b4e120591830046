/**
 * Checks whether a receiver over TCP or TLS can be reached, behaves like a log receiver, and confirms as the settings require.
 * It sends no log line. It opens a connection, watches it for a moment and closes it, as the plugin does after every batch.
 */
import { once } from 'node:events';
import type { Clock } from '../../../src/clock.js';
import { startDeadline } from '../../../src/deadline.js';
import { type Channel, NeverClosedError, NoLogReceiverError } from '../../../src/deliver/channel.js';
import { openTcpChannel } from '../../../src/deliver/tcp-channel.js';
import { NoTlsError, openTlsChannel } from '../../../src/deliver/tls-channel.js';
import { describeError } from '../../../src/faults.js';
import { formatAddress } from '../../../src/pipeline/open-output.js';
import type { OutputSettings } from '../../../src/settings/settings.js';
import type { CheckResult } from './check-result.js';

export type ConnectionSettings = Extract<OutputSettings, { type: 'tcp' | 'tls' }>;

export interface ConnectionCheck {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** How long a connection is watched for a greeting or an early close. */
  readonly watchMs?: number;
}

const name = 'receiver';

/**
 * Empty lines, which log receivers ignore. A TLS port reads five bytes as the header of a TLS record and closes the connection.
 * Without them it stays as silent as a log receiver.
 */
const emptyLines = Buffer.from('\n'.repeat(5));

export async function checkConnection(
  output: ConnectionSettings,
  { clock, signal, watchMs = 1000 }: ConnectionCheck,
): Promise<CheckResult> {
  const { type, framing } = output;
  const options = { ...output, clock };
  let channel: Channel;
  try {
    channel =
      type === 'tls'
        ? await openTlsChannel(output, output.tls, options, signal)
        : await openTcpChannel(output, options, signal);
  } catch (error) {
    const message = `No ${type === 'tls' ? 'TLS ' : ''}connection to ${formatAddress(output)} (${describeError(error)})`;
    return { name, status: 'fail', message, advice: adviseConnection(output, error), details: toDetails(output) };
  }
  try {
    // With octet counting, an empty line is not a valid frame and would end the connection.
    if (type === 'tcp' && framing === 'lf') await channel.write(emptyLines);
    const failure = await watch(channel, { clock, signal, watchMs });
    if (failure) throw failure;
    await channel.end();
    return judgeClosing(output);
  } catch (error) {
    return judgeFailure(output, error);
  } finally {
    channel.destroy();
  }
}

/** The failure in that time; undefined if there was none. */
async function watch({ failure }: Channel, { clock, signal, watchMs }: Required<ConnectionCheck>) {
  using deadline = startDeadline(clock, watchMs, signal);
  return await Promise.race([failure, once(deadline.signal, 'abort').then(() => undefined)]);
}

function judgeClosing(output: ConnectionSettings): CheckResult {
  const { type, port, confirm } = output;
  const found = `${formatAddress(output)} accepts connections${describeTrust(output)} and closes them after the sender`;
  const details = toDetails(output, { closes: true });
  if (confirm === 'written') {
    const message = `${found}, but with confirm "written" nothing proves that lines arrive`;
    return { name, status: 'warn', message, advice: 'set output.confirm to "closed"', details };
  }
  const message = `${found}, so confirm "closed" works`;
  if (type === 'tls' && output.tls.verify === 'any') {
    return { name, status: 'warn', message, advice: 'set output.tls.ca, and output.tls.verify to "strict"', details };
  }
  const service = usualServiceOf(port);
  if (service !== undefined) {
    const doubt = `${message}. But port ${port} is usually that of ${service}, which also waits for the first line`;
    return { name, status: 'warn', message: doubt, advice: 'check output.port', details };
  }
  return { name, status: 'pass', message, details };
}

/** The connection was open, but did not end with the receiver's close after ours. */
function judgeFailure(output: ConnectionSettings, error: unknown): CheckResult {
  const { type, confirm } = output;
  const found = `${formatAddress(output)} accepts connections${describeTrust(output)}`;
  if (error instanceof NoLogReceiverError) {
    const message = `${found}, but is not a log receiver, or its port is for TLS: ${error.message}`;
    return { name, status: 'fail', message, advice: adviseAddress(type), details: toDetails(output) };
  }
  if (!(error instanceof NeverClosedError)) {
    const message = `${found}, but closes them early (${describeError(error)}), which a log receiver does not do`;
    return { name, status: 'fail', message, advice: adviseAddress(type), details: toDetails(output) };
  }
  const details = toDetails(output, { closes: false });
  if (confirm === 'written') {
    const message = `${found} and never closes them, so with confirm "written" nothing proves that lines arrive`;
    return { name, status: 'warn', message, advice: 'after a start, check that lines arrive at the receiver', details };
  }
  const message = `${found}, but does not close them after the sender: ${error.message}`;
  const advice =
    'make the receiver close a connection after the sender does; if it cannot, set output.confirm to "written", with which nothing proves that lines arrive';
  return { name, status: 'fail', message, advice, details };
}

function adviseAddress(type: ConnectionSettings['type']): string {
  const address = 'check output.host and output.port';
  return type === 'tcp' ? `${address}; if the port is for TLS, set output.type to "tls"` : address;
}

function describeTrust(output: ConnectionSettings): string {
  if (output.type === 'tcp') return '';
  return ` (certificate ${output.tls.verify === 'strict' ? 'verified' : 'not verified'})`;
}

function toDetails(output: ConnectionSettings, more: object = {}): Readonly<Record<string, unknown>> {
  return { place: formatAddress(output), ...more };
}

/** Services that send nothing before a request and close a connection as a log receiver does. */
export function usualServiceOf(port: number): string | undefined {
  return [80, 443, 8080, 8443].includes(port) ? 'a web server' : undefined;
}

function adviseConnection({ type }: ConnectionSettings, error: unknown): string {
  const { code = '' } = error as NodeJS.ErrnoException;
  // Never advises to turn TLS off: an attacker in between can make a handshake fail.
  if (error instanceof NoTlsError) return "set output.port to the receiver's TLS port";
  if (code === 'ECONNREFUSED') return 'check output.port, and that the receiver is running';
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'check output.host and DNS';
  if (code === 'ENOENT' || code === 'EACCES') return 'check the paths in output.tls';
  if (type === 'tls' && /CERT|SIGNED|ALTNAME|ISSUER/.test(code)) {
    return "set output.tls.ca to the certificate of the authority that signed the receiver's, and output.tls.serverName to a name in the receiver's";
  }
  return 'check output.host, output.port and the firewalls in between';
}
