/** Checks whether the output can be reached and confirms as the settings require. It sends no log line. */
import { lookup } from 'node:dns/promises';
import { stat } from 'node:fs/promises';
import type { Clock } from '../../../src/clock.js';
import { describeError } from '../../../src/faults.js';
import { formatAddress } from '../../../src/pipeline/open-output.js';
import type { OutputSettings } from '../../../src/settings/settings.js';
import { tryFile } from '../../../src/try-folder.js';
import { checkConnection } from './check-connection.js';
import type { CheckResult } from './check-result.js';

const name = 'receiver';

export async function checkReceiver(output: OutputSettings, clock: Clock, signal: AbortSignal): Promise<CheckResult> {
  switch (output.type) {
    case 'tcp':
    case 'tls':
      return checkConnection(output, { clock, signal });
    case 'udp':
      return checkDatagrams(output);
    case 'file':
      return checkFile(output.path);
    case 'stdout':
      return {
        name,
        status: 'pass',
        message: 'Lines go to standard output, and are confirmed when the pipe has accepted them',
      };
  }
}

async function checkDatagrams(output: Extract<OutputSettings, { type: 'udp' }>): Promise<CheckResult> {
  const { host } = output;
  try {
    const { address } = await lookup(host);
    const message = `Datagrams go to ${formatAddress(output)} (${address}); with UDP nothing shows whether they arrive`;
    return { name, status: 'warn', message, advice: 'set output.type to "tcp" or "tls" if no line may be lost' };
  } catch (error) {
    const message = `The name "${host}" does not resolve (${describeError(error)})`;
    return { name, status: 'fail', message, advice: 'check output.host and DNS' };
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
    const message = (await tryFile(path, { mayBeSpecial: true }))
      ? `"${path}" can be written to`
      : `"${path}" can be created`;
    return { name, status: 'pass', message };
  } catch (error) {
    const message = `"${path}" cannot be written to (${describeError(error)})`;
    return {
      name,
      status: 'fail',
      message,
      advice: 'create its folder, or allow the user of the program to write there',
    };
  }
}
