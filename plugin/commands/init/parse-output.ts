/** The output that an address such as `tls://snare.example.com:6163` names. */
import { UsageError } from '../exit.js';

export const outputForms = 'tcp://HOST:PORT, tls://HOST:PORT, udp://HOST:PORT, file:PATH or stdout';

/** The part of the settings that the address gives; a missing port is that of the settings' default. */
export function parseOutput(address: string): object {
  if (address === 'stdout') return { type: 'stdout' };
  const [, path] = /^file:(.+)$/.exec(address) ?? [];
  if (path !== undefined) return { type: 'file', path };
  const [, type, host = '', port] = /^(tcp|tls|udp):\/\/(\[[^\]]+\]|[^:/?#@\s]+)(?::(\d+))?\/?$/.exec(address) ?? [];
  if (type === undefined) throw new UsageError(`Expected ${outputForms} for --output, got "${address}"`);
  return { type, host, ...(port !== undefined && { port: Number(port) }) };
}
