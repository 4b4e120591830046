/** The settings of the output: those that every type has, and those that only some have. */
import { z } from 'zod';
import { bytes, filePath, kib, mib, milliseconds } from './kinds.js';

const maxLineBytes = bytes(480, 64 * mib)
  .default(4 * mib)
  .describe('Longest line. A longer one is a dead letter; over UDP, so is one that does not fit a datagram.');

const lineFormat = z
  .enum(['snare', 'snare-tab', 'raw', 'syslog', 'json'])
  .default('snare')
  .describe('Layout of a line.');

const line = {
  format: lineFormat,
  maxLineBytes,
  system: z.string().min(1).max(255).optional().describe('First field of the header. Default: the column SYSTEM.'),
  hostname: z
    .string()
    .min(1)
    .max(255)
    .optional()
    .describe('HOSTNAME of syslog lines. Default: the name of this machine.'),
  criticality: z
    .int()
    .min(0)
    .max(4)
    .optional()
    .describe('Criticality of every line, 0 (clear) to 4 (critical). Default: by table and level.'),
};

/** The settings of a line alone, without an output. */
export const lineSchema = z.strictObject(line).omit({ maxLineBytes: true });
export type LineSettings = z.output<typeof lineSchema>;

const host = {
  hostLogs: z.boolean().default(true).describe("Send the host app's own logs too, as `GenericLog` rows."),
  maxHostLogBytes: bytes(kib)
    .default(8 * mib)
    .describe('Most bytes of host logs that wait to be sent. Beyond this limit the newest are dropped and counted.'),
};

const buffer = {
  maxBufferedBytes: bytes(mib)
    .default(32 * mib)
    .describe(
      'Most memory for lines that are not yet written, and for the source data of lines that are not yet confirmed. At the limit, reading stops.',
    ),
  maxBufferedRecords: z
    .int()
    .min(1)
    .max(10_000_000)
    .default(2_000_000)
    .describe('Most lines that are not yet confirmed. At the limit, reading stops.'),
};

const reconnect = {
  connectTimeoutMs: milliseconds(100, 300_000).default(10_000).describe('Longest wait for a connection.'),
  reconnectMaxMs: milliseconds(100, 600_000).default(30_000).describe('Longest pause between two attempts to connect.'),
};

const confirming = {
  confirm: z
    .enum(['closed', 'written'])
    .default('closed')
    .describe(
      'What confirms a line: with `closed`, the receiver closes the connection after the plugin does; with `written`, the operating system accepts the line.',
    ),
  confirmTimeoutMs: milliseconds(100, 600_000)
    .default(10_000)
    .describe('Longest time for the receiver to close a connection, and to read half a megabyte of lines.'),
  confirmHoldMs: milliseconds(0, 60_000)
    .default(500)
    .describe('A line is confirmed when a later connection, at least this long afterwards, has ended normally too.'),
  rotateMs: milliseconds(50, 600_000)
    .default(1000)
    .describe('Longest time for which lines are sent over one connection.'),
  rotateBytes: bytes(kib)
    .default(8 * mib)
    .describe('Most bytes that are sent over one connection.'),
};

const address = (defaultPort: number) => ({
  host: z
    .string()
    .min(1)
    // In a URL, an IPv6 address is in brackets.
    .overwrite((name) => name.replace(/^\[([\da-f:.]+(?:%[^\]]+)?)\]$/i, '$1'))
    .describe("The receiver's name or address."),
  port: z.int().min(1).max(65_535).default(defaultPort).describe("The receiver's port."),
});

const framing = {
  framing: z
    .enum(['lf', 'octet-counting'])
    .default('lf')
    .describe('How lines are separated: a line feed after each, or its length in bytes before each (RFC 6587).'),
};

const connection = { ...framing, ...confirming, ...reconnect };
const common = { ...buffer, ...host };

const tls = z
  .strictObject({
    ca: filePath('Certificates to trust, PEM. Default: those of Node.').optional(),
    cert: filePath("The client's certificate, PEM, if the receiver requires one.").optional(),
    key: filePath("The client's key, PEM.").optional(),
    passphrase: z
      .string()
      .min(1)
      .optional()
      .meta({ writeOnly: true, 'x-secret': true })
      .describe("Passphrase of the client's key."),
    serverName: z.string().min(1).optional().describe("Name in the receiver's certificate. Default: the host."),
    verify: z
      .enum(['strict', 'any'])
      .default('strict')
      .describe(
        "Whether the receiver's certificate has to be valid. `any` accepts every certificate, and is reported.",
      ),
    minVersion: z.enum(['TLSv1.2', 'TLSv1.3']).default('TLSv1.2').describe('Lowest version of TLS.'),
  })
  .default({ verify: 'strict', minVersion: 'TLSv1.2' })
  .describe('Certificates; files are read again for every connection.');

export const outputSchema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('tcp').describe('Plain TCP.'),
    ...address(6161),
    ...line,
    ...connection,
    ...common,
  }),
  z.strictObject({
    type: z.literal('tls').describe('TLS over TCP.'),
    ...address(6163),
    ...line,
    tls,
    ...connection,
    ...common,
  }),
  z.strictObject({
    type: z.literal('udp').describe('UDP, one line in each datagram. Confirms only that a line was sent.'),
    ...address(6161),
    ...line,
    reconnectMaxMs: reconnect.reconnectMaxMs,
    ...common,
  }),
  z.strictObject({
    type: z.literal('file').describe('A file to which lines are appended.'),
    path: filePath('The file; it is created with mode 0600.'),
    maxFileBytes: z
      .int()
      .min(0)
      .max(1024 * 1024 * mib)
      .default(0)
      .describe(
        'Largest size of the file, unless a single line is longer. When it is reached, the file is renamed to `.1`, the previous `.1` to `.2`, and so on. 0: no limit.',
      ),
    maxFiles: z.int().min(1).max(1000).default(5).describe('How many rotated files are kept.'),
    ...line,
    ...common,
  }),
  z.strictObject({ type: z.literal('stdout').describe('Standard output.'), ...line, ...common }),
]);
