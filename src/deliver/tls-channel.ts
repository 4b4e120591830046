/**
 * One TLS connection to a receiver, ended like a TCP connection. Certificates and keys are read for every connection, so that
 * renewed ones take effect without a restart.
 */
import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { type ConnectionOptions, checkServerIdentity, connect } from 'node:tls';
import { waitAtMost } from '../deadline.js';
import { describeError } from '../faults.js';
import { readSecret } from '../trusted-file.js';
import type { Channel } from './channel.js';
import { lookUpAddresses, toLookupFunction } from './look-up.js';
import { sharePending } from './share-pending.js';
import { openSocketChannel, type TcpAddress, type TcpOptions } from './tcp-channel.js';

export interface TlsSettings {
  /** Path of the certificates to trust, PEM; defaults to those of Node. */
  readonly ca?: string | undefined;
  /** Paths of the client's certificate and its key, PEM. */
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  readonly passphrase?: string | undefined;
  /** The name that the receiver's certificate must have; defaults to the host. */
  readonly serverName?: string | undefined;
  /** `strict`: chain and name must be valid. `any`: every certificate is accepted. */
  readonly verify: 'strict' | 'any';
  readonly minVersion: 'TLSv1.2' | 'TLSv1.3';
}

export async function openTlsChannel(
  { host, port }: TcpAddress,
  tls: TlsSettings,
  options: TcpOptions,
  signal: AbortSignal,
): Promise<Channel> {
  const certificates = await readCertificates(tls, options, signal);
  const socket = connect({
    host,
    port,
    lookup: toLookupFunction(options.lookUp ?? lookUpAddresses),
    // Node's types know this option for server sockets only; the documentation of tls.connect has it.
    ...({ allowHalfOpen: true } as ConnectionOptions),
    minVersion: tls.minVersion,
    rejectUnauthorized: tls.verify === 'strict',
    ...toServerName(tls.serverName ?? host),
    ...certificates,
  });
  socket.setNoDelay(true);
  socket.setKeepAlive(true);
  let isConnected = false;
  socket.once('connect', () => {
    isConnected = true;
  });
  try {
    return await openSocketChannel(socket, 'secureConnect', options, signal, explainTls);
  } catch (error) {
    throw isConnected && isWithoutTls(error as NodeJS.ErrnoException)
      ? new NoTlsError(error)
      : explainTls(error as Error);
  }
}

/** A service listens at the port, but does not answer like a TLS server. */
export class NoTlsError extends Error {
  override readonly name = 'NoTlsError';

  constructor(cause: unknown) {
    const what = `The port accepts connections, but does not seem to speak TLS (${describeError(cause).trim()})`;
    // An attacker on the network can make any handshake fail, so the message never advises to turn TLS off.
    super(`${what}; use the receiver's TLS port`, { cause });
  }
}

/**
 * The receiver requested a client certificate and got none. Only TLS 1.3 reports this, and only after the connection is open.
 */
export class NoClientCertificateError extends Error {
  override readonly name = 'NoClientCertificateError';

  constructor(cause: unknown) {
    super('The receiver requires a client certificate; set output.tls.cert and output.tls.key', { cause });
  }
}

function explainTls(error: Error): Error {
  return /alert certificate required/i.test(error.message) ? new NoClientCertificateError(error) : error;
}

/**
 * Plain text instead of a TLS record, a close at our first bytes, or silence, such as from a service that waits for a line to
 * end.
 */
function isWithoutTls({ code, message }: NodeJS.ErrnoException): boolean {
  return code === 'ECONNRESET' || code === 'ETIMEDOUT' || /wrong version number|packet length too long/i.test(message);
}

/** An IP address is not a server name (RFC 6066), but is checked against the certificate as well. */
function toServerName(name: string): ConnectionOptions {
  return {
    ...(!isIP(name) && { servername: name }),
    // By default, Node would check the host that it connects to if no server name is sent.
    checkServerIdentity: (_host, certificate) => checkServerIdentity(name, certificate),
  };
}

async function readCertificates(
  { ca, cert, key, passphrase }: TlsSettings,
  { clock, connectTimeoutMs: ms }: TcpOptions,
  signal: AbortSignal,
): Promise<ConnectionOptions> {
  const read = async (path: string | undefined, readPending: (path: string) => Promise<Buffer>) => {
    const message = `"${path}" could not be read within ${ms} ms`;
    return path === undefined ? undefined : await waitAtMost(readPending(path), { clock, ms, signal, message });
  };
  const [caText, certText, keyText] = await Promise.all([
    read(ca, readShared),
    read(cert, readShared),
    read(key, readSharedSecret),
  ]);
  return {
    ...(caText && { ca: caText }),
    ...(certText && { cert: certText }),
    ...(keyText && { key: keyText }),
    ...(passphrase && { passphrase }),
  };
}

const readShared = sharePending((path) => readFile(path));
const readSharedSecret = sharePending((path) => readSecret(path));
