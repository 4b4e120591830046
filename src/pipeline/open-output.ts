/** Creates the deliverer for the settings of an output. */
import { hostname } from 'node:os';
import type { Clock } from '../clock.js';
import type { Channel } from '../deliver/channel.js';
import { Deliverer, type DelivererOptions } from '../deliver/deliverer.js';
import { openFileChannel } from '../deliver/file-channel.js';
import { openStdoutChannel } from '../deliver/stdout-channel.js';
import { openTcpChannel } from '../deliver/tcp-channel.js';
import { openTlsChannel } from '../deliver/tls-channel.js';
import { maxDatagramBytes, openUdpChannel } from '../deliver/udp-channel.js';
import type { LineFormat, LineFormatter } from '../line-format.js';
import type { OutputSettings } from '../settings/settings.js';
import { createLineFormatter } from '../snare/line.js';

export type DelivererWiring = Pick<DelivererOptions, 'clock' | 'random' | 'onFault' | 'onRecovery' | 'onClosed'>;

export function createDeliverer(settings: OutputSettings, wiring: DelivererWiring): Deliverer {
  return new Deliverer({
    ...wiring,
    ...connect(settings, wiring.clock),
    name: nameOutput(settings),
    limits: { maxBytes: settings.maxBufferedBytes, maxLines: settings.maxBufferedRecords, deliveryBytes },
    backoff: { baseMs: 250, maxMs: 'reconnectMaxMs' in settings ? settings.reconnectMaxMs : 30_000 },
  });
}

/** Measured: 130 on a heap right after garbage collection. */
const deliveryBytes = 256;

type Connection = Pick<DelivererOptions, 'open' | 'confirm'>;

function connect(settings: OutputSettings, clock: Clock): Connection {
  switch (settings.type) {
    case 'tcp':
      return {
        confirm: toConfirm(settings),
        open: (signal) => openTcpChannel(settings, { ...settings, clock }, signal),
      };
    case 'tls':
      return {
        confirm: toConfirm(settings),
        open: (signal) => openTlsChannel(settings, settings.tls, { ...settings, clock }, signal),
      };
    case 'udp':
      return {
        open: (signal) => openUdpChannel(settings, { clock }, signal),
        confirm: { by: 'written' },
      };
    case 'file':
      return {
        open: () => openFileChannel(settings.path, settings),
        confirm: { by: 'written' },
      };
    case 'stdout':
      return {
        open: async (): Promise<Channel> => openStdoutChannel(process.stdout),
        confirm: { by: 'written' },
      };
  }
}

function toConfirm(settings: Extract<OutputSettings, { type: 'tcp' | 'tls' }>): Connection['confirm'] {
  return settings.confirm === 'closed' ? { by: 'closed', limits: settings } : { by: 'written', watchMs };
}

/** The name of an output in messages, such as `tcp 10.0.0.5:6161`. */
export function nameOutput(output: OutputSettings): string {
  if (output.type === 'stdout') return 'stdout';
  return `${output.type} ${output.type === 'file' ? output.path : formatAddress(output)}`;
}

/** The destination of the lines, to compare two outputs. */
export function toReceiver(settings: OutputSettings): string {
  switch (settings.type) {
    case 'file':
      return settings.path;
    case 'stdout':
      return 'standard output';
    default:
      return `${settings.host.toLowerCase()}:${settings.port}`;
  }
}

/** As in a URL: an IPv6 address is in brackets. */
export function formatAddress({ host, port }: { readonly host: string; readonly port: number }): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** A service that sends a greeting, a response or a refusal does so within this time after the first lines. */
const watchMs = 1000;

/** The longest line that an output allows, including its framing. */
export function maxLineBytesOf({ type, maxLineBytes }: OutputSettings): number {
  // The line feed is not sent.
  return type === 'udp' ? Math.min(maxLineBytes, maxDatagramBytes + 1) : maxLineBytes;
}

/** Adds the host name of this machine to the line settings if syslog requires one. */
export function createFormatter(settings: {
  readonly format: LineFormat;
  readonly framing?: 'lf' | 'octet-counting';
  readonly system?: string | undefined;
  readonly hostname?: string | undefined;
  readonly criticality?: number | undefined;
}): LineFormatter {
  return createLineFormatter({ ...settings, hostname: settings.hostname ?? hostname() });
}
