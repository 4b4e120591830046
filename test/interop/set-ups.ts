/** The list of what is run: each kind of receiver under kills, and the cases beside. */
import type { SendOptions } from './cases.js';
import type { Certificates } from './certificates.js';
import { createNodeReceiver, createRsyslog, createStunnel, createSyslogNg, type Receiver } from './receivers.js';

export interface SetUp {
  readonly name: string;
  readonly usesTls?: boolean;
  /** Gets certificates where it uses TLS. Rejects with `UnavailableError` where this machine lacks what it needs. */
  create(folder: string, tls: Certificates | undefined): Promise<Receiver>;
  /** Left out, the receiver is killed. */
  readonly sends?: SendOptions;
}

const octetCounting = { count: 300, length: 64 * 1024, framing: 'octet-counting', linesPerDelivery: 1 } as const;
const lineFeeds = { ...octetCounting, framing: 'lf' } as const;
const late = { count: 20_000, lateMs: 1500 };

export const setUps: readonly SetUp[] = [
  { name: 'rsyslog tcp', create: (folder) => createRsyslog(folder) },
  { name: 'rsyslog tcp, direct queue', create: (folder) => createRsyslog(folder, { queue: 'direct' }) },
  { name: 'rsyslog tls', usesTls: true, create: (folder, tls) => createRsyslog(folder, { tls }) },
  { name: 'syslog-ng tcp', create: (folder) => createSyslogNg(folder) },
  { name: 'syslog-ng tls', usesTls: true, create: (folder, tls) => createSyslogNg(folder, { tls }) },
  {
    name: 'stunnel, Node receiver',
    usesTls: true,
    create: async (folder, tls) => createStunnel(folder, await createNodeReceiver(folder), tls),
  },
  {
    name: 'stunnel, rsyslog',
    usesTls: true,
    create: async (folder, tls) => createStunnel(folder, await createRsyslog(folder), tls),
  },
  { name: 'rsyslog starts late', create: (folder) => createRsyslog(folder), sends: late },
  { name: 'syslog-ng starts late', create: (folder) => createSyslogNg(folder), sends: late },
  { name: 'rsyslog imtcp, 64 KiB lines, LF', create: (folder) => createRsyslog(folder), sends: lineFeeds },
  {
    name: 'rsyslog imtcp, 64 KiB lines, octet-counting',
    create: (folder) => createRsyslog(folder),
    sends: octetCounting,
  },
  {
    name: 'rsyslog imptcp, 64 KiB lines, octet-counting',
    create: (folder) => createRsyslog(folder, { input: 'imptcp' }),
    sends: octetCounting,
  },
  { name: 'syslog-ng, 64 KiB lines, LF', create: (folder) => createSyslogNg(folder), sends: lineFeeds },
  {
    name: 'syslog-ng, 64 KiB lines, octet-counting',
    create: (folder) => createSyslogNg(folder, { driver: 'syslog' }),
    sends: octetCounting,
  },
];
