/**
 * Whether the output can be reached, and whether it confirms as the settings want. It sends no line: a connection is opened
 * and closed again, as the plugin does after every batch.
 */
import { lookup } from 'node:dns/promises';
import { constants } from 'node:fs';
import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Clock } from '../../src/clock.js';
import { NotConfirmedError } from '../../src/deliver/channel.js';
import { openTcpChannel } from '../../src/deliver/tcp-channel.js';
import { NoTlsError, openTlsChannel } from '../../src/deliver/tls-channel.js';
import { describeError } from '../../src/faults.js';
import { openTrusted } from '../../src/open-trusted.js';
import { tryFolder } from '../../src/try-folder.js';
import type { OutputSettings } from '../settings.js';
import type { CheckResult } from './check-result.js';

const name = 'receiver';

export async function checkReceiver(output: OutputSettings, clock: Clock, signal: AbortSignal): Promise<CheckResult> {
  switch (output.type) {
    case 'tcp':
    case 'tls':
      return checkConnection(output, clock, signal);
    case 'udp':
      return checkDatagrams(output);
    case 'file':
      return checkFile(output.path);
    case 'stdout':
      return { name, status: 'pass', message: 'Lines go to standard output, and count once the pipe has taken them' };
  }
}

type ConnectionSettings = Extract<OutputSettings, { type: 'tcp' | 'tls' }>;

async function checkConnection(output: ConnectionSettings, clock: Clock, signal: AbortSignal): Promise<CheckResult> {
  const { type, host, port, confirm } = output;
  const place = `${host}:${port}`;
  const options = { ...output, clock };
  let channel: Awaited<ReturnType<typeof openTcpChannel>>;
  try {
    channel =
      type === 'tls'
        ? await openTlsChannel(output, output.tls, options, signal)
        : await openTcpChannel(output, options, signal);
  } catch (error) {
    const message = `No ${type === 'tls' ? 'TLS ' : ''}connection to ${place} (${describeError(error)})`;
    return { name, status: 'fail', message, advice: adviseConnection(output, error), details: { place } };
  }
  const trust = type === 'tls' ? `, certificate ${output.tls.verify === 'strict' ? 'verified' : 'not verified'}` : '';
  try {
    await channel.end();
    const message = `${place} takes connections${trust} and closes cleanly after us, so confirm "closed" works`;
    if (type === 'tls' && output.tls.verify === 'any') {
      return {
        name,
        status: 'warn',
        message,
        advice: 'set output.tls.ca and verify "strict"',
        details: { place, closes: true },
      };
    }
    return { name, status: 'pass', message, details: { place, closes: true } };
  } catch (error) {
    const what = error instanceof NotConfirmedError ? error.message : describeError(error);
    const message = `${place} takes connections${trust}, but does not close cleanly after us: ${what}`;
    const details = { place, closes: false };
    if (confirm === 'written')
      return { name, status: 'pass', message: `${message}; confirm "written" does without`, details };
    return { name, status: 'fail', message, advice: 'set output.confirm to "written", or mend the receiver', details };
  } finally {
    channel.destroy();
  }
}

function adviseConnection({ type }: ConnectionSettings, error: unknown): string {
  const { code = '' } = error as NodeJS.ErrnoException;
  if (error instanceof NoTlsError) return 'set output.port to the port for TLS, or output.type to "tcp"';
  if (code === 'ECONNREFUSED') return 'check output.port, and that the receiver listens';
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'check output.host and the name service';
  if (code === 'ENOENT' || code === 'EACCES') return 'check the paths in output.tls';
  if (type === 'tls' && /CERT|SIGNED|ALTNAME|ISSUER/.test(code)) {
    return 'set output.tls.ca to the authority, and output.tls.serverName to a name in the certificate';
  }
  return 'check output.host, output.port and any firewall between';
}

async function checkDatagrams({ host, port }: Extract<OutputSettings, { type: 'udp' }>): Promise<CheckResult> {
  try {
    const { address } = await lookup(host);
    const message = `Datagrams go to ${host}:${port} (${address}); whether anybody receives them cannot be seen`;
    return { name, status: 'warn', message, advice: 'use "tcp" or "tls" where lines must not be lost' };
  } catch (error) {
    const message = `The name "${host}" does not resolve (${describeError(error)})`;
    return { name, status: 'fail', message, advice: 'check output.host and the name service' };
  }
}

async function checkFile(path: string): Promise<CheckResult> {
  try {
    const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    });
    if (found?.isDirectory()) {
      return { name, status: 'fail', message: `"${path}" is a folder`, advice: 'set output.path to a file' };
    }
    const flags = constants.O_RDWR | constants.O_APPEND;
    if (found) await (await openTrusted(path, { flags, mayBeSpecial: true })).close();
    else await tryFolder(dirname(path));
    const message = found ? `"${path}" can be written to` : `"${path}" can be made`;
    return { name, status: 'pass', message };
  } catch (error) {
    const message = `"${path}" cannot be written to (${describeError(error)})`;
    return { name, status: 'fail', message, advice: 'make its folder, or give the program the right to write there' };
  }
}
