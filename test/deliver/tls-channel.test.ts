import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect, createServer, type Server, type TLSSocket, type TlsOptions } from 'node:tls';
import test, { type ExecutionContext } from 'ava';
import { systemClock } from '../../src/clock.js';
import { type Channel, NotConfirmedError } from '../../src/deliver/channel.js';
import {
  NoClientCertificateError,
  NoTlsError,
  openTlsChannel,
  type TlsSettings,
} from '../../src/deliver/tls-channel.js';
import { makeFolder } from '../checkpoint/temporary-folder.js';
import { type Authority, createAuthority } from '../fakes/certificates.js';
import { RecordedDeliverer } from './recorded-deliverer.js';

const host = '127.0.0.1';
const limits = { clock: systemClock, connectTimeoutMs: 5000, confirmTimeoutMs: 5000 };
const authority = createAuthority('Test CA');
const receiverNames = ['receiver.test', host];
const versions = ['TLSv1.2', 'TLSv1.3'] as const;

for (const version of versions) {
  test(`over ${version}: a receiver that reads everything and closes after us ends the channel well`, async (t) => {
    const receiver = await startReceiver(t, { minVersion: version, maxVersion: version });
    const channel = await open(t, receiver, { ca: await writeCa(t) });
    await channel.write(bytes('a\nb\n'));
    await channel.end();
    t.is(receiver.text, 'a\nb\n');
    t.deepEqual(receiver.protocols, [version]);
  });

  test(`over ${version}: the end waits for the receiver's close after our half-close`, async (t) => {
    const receiver = await startReceiver(t, { maxVersion: version }, { onEnd: () => {} });
    const settings = { ca: await writeCa(t) };
    const channel = await open(t, receiver, settings, { confirmTimeoutMs: 300 });
    await channel.write(bytes('a\n'));
    await t.throwsAsync(channel.end(), { instanceOf: NotConfirmedError });
    t.is(receiver.ends, 1);
  });

  test(`over ${version}: an early end of the receiver confirms nothing`, async (t) => {
    const receiver = await startReceiver(t, { maxVersion: version }, { onBytes: (socket) => socket.end() });
    const channel = await open(t, receiver, { ca: await writeCa(t) });
    await channel.write(bytes('a\n'));
    t.true((await channel.failure) instanceof NotConfirmedError);
    await t.throwsAsync(channel.end(), { instanceOf: NotConfirmedError });
  });

  test(`over ${version}: a receiver that sends bytes confirms nothing`, async (t) => {
    const receiver = await startReceiver(t, { maxVersion: version }, { onBytes: (socket) => socket.write('hello') });
    const channel = await open(t, receiver, { ca: await writeCa(t) });
    await channel.write(bytes('a\n'));
    await t.throwsAsync(channel.end(), { instanceOf: NotConfirmedError });
  });

  test(`over ${version}: a receiver that asks for a client certificate confirms only to those that show one`, async (t) => {
    const clients = createAuthority('Client CA');
    const options: TlsOptions = { maxVersion: version, requestCert: true, ca: clients.certificate };
    const receiver = await startReceiver(t, options);
    const ca = await writeCa(t);
    await t.throwsAsync(deliver(t, receiver, { ca }));
    await t.throwsAsync(deliver(t, receiver, { ca, ...(await writeClient(t, createAuthority('Another CA'))) }));
    t.is(receiver.text, '');
    await deliver(t, receiver, { ca, ...(await writeClient(t, clients)) });
    await deliver(t, receiver, { ca, ...(await writeClient(t, clients, 'open sesame')), passphrase: 'open sesame' });
    t.is(receiver.text, 'a\na\n');
  });
}

test('a receiver that requires a client certificate is reported in words, with what to set', async (t) => {
  const ca = await writeCa(t);
  const asking = { requestCert: true, rejectUnauthorized: true, minVersion: 'TLSv1.3' } as const;
  const clients = createAuthority('Client CA');
  const receiver = await startReceiver(t, {
    ...keys(authority.issue(receiverNames)),
    ...asking,
    ca: clients.certificate,
  });
  const channel = await open(t, receiver, { ca });
  const failure = await channel.failure;
  t.true(failure instanceof NoClientCertificateError);
  t.regex(failure.message, /requires a client certificate; set output\.tls\.cert and output\.tls\.key$/);
});

test('a certificate of an unknown authority is refused before a byte is sent', async (t) => {
  const receiver = await startReceiver(t);
  const ca = await writeCa(t, createAuthority('Another CA'));
  await t.throwsAsync(open(t, receiver, { ca }), { code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' });
  await t.throwsAsync(open(t, receiver), { code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' });
  t.is(receiver.text, '');
});

const names: readonly (readonly [
  certified: readonly string[],
  serverName: string | undefined,
  isGood: boolean,
  sent: string | false,
])[] = [
  [['receiver.test'], 'receiver.test', true, 'receiver.test'],
  [['receiver.test'], 'other.test', false, 'other.test'],
  [['receiver.test'], undefined, false, false],
  [['receiver.test', host], undefined, true, false],
  [['receiver.test', '192.0.2.7'], '192.0.2.7', true, false],
  [['receiver.test', host], '192.0.2.7', false, false],
];

for (const [certified, serverName, isGood, sent] of names) {
  const wanted = serverName === undefined ? `the host ${host}` : `the server name ${serverName}`;
  test(`a certificate for ${certified.join(' and ')} is ${isGood ? 'good' : 'refused'} for ${wanted}`, async (t) => {
    const receiver = await startReceiver(t, authority.issue(certified));
    const settings = { ca: await writeCa(t), serverName };
    if (!isGood) {
      await t.throwsAsync(deliver(t, receiver, settings), { code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
      t.is(receiver.text, '');
      return;
    }
    await deliver(t, receiver, settings);
    t.deepEqual(receiver.serverNames, [sent]);
  });
}

test('verify: "any" takes an unknown authority and a wrong name', async (t) => {
  const receiver = await startReceiver(t, createAuthority('Another CA').issue(['other.test']));
  await deliver(t, receiver, { verify: 'any' });
  t.is(receiver.text, 'a\n');
});

test('a receiver that knows no TLS above 1.1 is refused', async (t) => {
  // What OpenSSL itself no longer offers unless it is asked to ignore security.
  const old: TlsOptions = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' };
  const receiver = await startReceiver(t, old);
  const anything = { minVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0', rejectUnauthorized: false } as const;
  const control = connect({ host, port: receiver.port, ...anything });
  await once(control, 'secureConnect');
  control.destroy();
  await t.throwsAsync(open(t, receiver, { verify: 'any' }));
});

test('minVersion: "TLSv1.3" refuses a receiver that knows 1.2 only', async (t) => {
  const receiver = await startReceiver(t, { maxVersion: 'TLSv1.2' });
  const ca = await writeCa(t);
  await t.throwsAsync(open(t, receiver, { ca, minVersion: 'TLSv1.3' }));
  await deliver(t, receiver, { ca });
  t.deepEqual(receiver.protocols, ['TLSv1.2']);
});

test('authorities, certificate and key are read again for each connection', async (t) => {
  const [before, after] = [createAuthority('CA of last year'), createAuthority('CA of this year')];
  const receiver = await startReceiver(t, before.issue(receiverNames));
  const ca = await writeCa(t, before);
  await deliver(t, receiver, { ca });
  receiver.server.setSecureContext(keys(after.issue(receiverNames)));
  await t.throwsAsync(deliver(t, receiver, { ca }));
  await writeFile(ca, after.certificate);
  await deliver(t, receiver, { ca });

  const clients = createAuthority('Client CA');
  const asking = await startReceiver(t, {
    ...keys(authority.issue(receiverNames)),
    requestCert: true,
    ca: clients.certificate,
  });
  const settings = { ca: await writeCa(t), ...(await writeClient(t, before)) };
  await t.throwsAsync(deliver(t, asking, settings));
  const { certificate, key } = clients.issue(['client.test']);
  await writeFile(settings.cert, certificate);
  await writeFile(settings.key, key);
  await deliver(t, asking, settings);
  t.is(asking.text, 'a\n');
});

test('a file that is missing or holds no certificate is an error that names it or says so', async (t) => {
  const receiver = await startReceiver(t);
  const folder = await makeFolder(t);
  const ca = join(folder, 'ca.pem');
  await t.throwsAsync(open(t, receiver, { ca }), { code: 'ENOENT' });
  const { cert, key } = await writeClient(t, authority, 'open sesame');
  const error = await t.throwsAsync(open(t, receiver, { cert, key, passphrase: 'open barley' }));
  t.notRegex(String(error), /barley/);
});

test('a peer that never answers the handshake is given up when the time is over', async (t) => {
  const silent = createTcpServer(() => {}).listen(0, host);
  await once(silent, 'listening');
  t.teardown(() => silent.close());
  const { port } = silent.address() as AddressInfo;
  const attempt = open(t, { port }, {}, { connectTimeoutMs: 100 });
  await t.throwsAsync(attempt, { instanceOf: NoTlsError, message: /No connection within 100/ });
});

const plainAnswers: Readonly<Record<string, (socket: Socket) => void>> = {
  'says a greeting': (socket) => socket.write('220 ready\r\n'),
  'answers with text': (socket) => socket.once('data', () => socket.write('what?\n')),
  closes: (socket) => socket.once('data', () => socket.end()),
  resets: (socket) => socket.once('data', () => socket.resetAndDestroy()),
};

for (const [what, answer] of Object.entries(plainAnswers)) {
  test(`a port without TLS is reported as such: it ${what}`, async (t) => {
    const server = createTcpServer((socket) => answer(socket.on('error', () => {})));
    await once(server.listen(0, host), 'listening');
    t.teardown(() => server.close());
    const { port } = server.address() as AddressInfo;
    const tls = { verify: 'strict', minVersion: 'TLSv1.2' } as const;
    const attempt = openTlsChannel({ host, port }, tls, limits, new AbortController().signal);
    const error = await t.throwsAsync(attempt, { instanceOf: NoTlsError });
    // Anybody in between can break a handshake.
    t.notRegex(error?.message ?? '', /tcp|verify|plain/);
  });
}

test('a deliverer over TLS recovers when the trusted authority is put right, and then all lines are delivered', async (t) => {
  const receiver = await startReceiver(t);
  const ca = await writeCa(t, createAuthority('Another CA'));
  const tls = { ca, verify: 'strict', minVersion: 'TLSv1.2' } as const;
  const output = new RecordedDeliverer({
    open: (signal) => openTlsChannel({ host, port: receiver.port }, tls, limits, signal),
  });
  output.deliverer.start();
  output.send(50);
  await output.when(() => output.faults.length >= 2);
  t.deepEqual(output.delivered, []);
  await writeFile(ca, authority.certificate);
  await output.whenDelivered(50);
  t.true(await output.deliverer.close(10_000));
  t.is(receiver.text, output.sent.map((line) => `${line}\n`).join(''));
});

interface Receiver {
  readonly server: Server;
  readonly port: number;
  /** Everything that was read, over all connections. */
  text: string;
  /** Half-closes of senders. */
  ends: number;
  readonly protocols: (string | null)[];
  /** Names that senders asked for. */
  readonly serverNames: (string | false | null)[];
}

interface Habits {
  readonly onBytes?: (socket: TLSSocket) => void;
  /** Default: closes too. */
  readonly onEnd?: (socket: TLSSocket) => void;
}

async function startReceiver(
  t: ExecutionContext,
  options: TlsOptions | { readonly certificate: string; readonly key: string } = {},
  { onBytes = () => {}, onEnd = (socket) => socket.end() }: Habits = {},
): Promise<Receiver> {
  const own = 'certificate' in options ? keys(options) : options;
  const server = createServer({ ...keys(authority.issue(receiverNames)), ...own, allowHalfOpen: true } as TlsOptions);
  const sockets = new Set<TLSSocket>();
  server.listen(0, host);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const receiver: Receiver = { server, port, text: '', ends: 0, protocols: [], serverNames: [] };
  server.on('secureConnection', (socket) => {
    sockets.add(socket);
    receiver.protocols.push(socket.getProtocol());
    receiver.serverNames.push((socket as { servername?: string | false }).servername ?? null);
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      receiver.text += chunk;
      onBytes(socket);
    });
    socket.on('end', () => {
      receiver.ends++;
      onEnd(socket);
    });
  });
  server.on('tlsClientError', () => {});
  t.teardown(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return receiver;
}

async function open(
  t: ExecutionContext,
  { port }: { readonly port: number },
  settings: Partial<TlsSettings> = {},
  options: Partial<typeof limits> = {},
): Promise<Channel> {
  const tls = { verify: 'strict', minVersion: 'TLSv1.2', ...settings } as const;
  const channel = await openTlsChannel({ host, port }, tls, { ...limits, ...options }, new AbortController().signal);
  t.teardown(() => channel.destroy());
  return channel;
}

/** One line from the opening to the confirmation; rejects when any of it fails. */
async function deliver(t: ExecutionContext, receiver: Receiver, settings: Partial<TlsSettings>): Promise<void> {
  const channel = await open(t, receiver, settings);
  await channel.write(bytes('a\n'));
  // Over TLS 1.3 a receiver refuses a client's certificate only after the handshake.
  await sleep(20);
  await channel.end();
}

async function writeCa(t: ExecutionContext, { certificate }: Authority = authority): Promise<string> {
  const path = join(await makeFolder(t), 'ca.pem');
  await writeFile(path, certificate);
  return path;
}

async function writeClient(t: ExecutionContext, by: Authority, passphrase?: string) {
  const folder = await makeFolder(t);
  const { certificate, key: keyText } = by.issue(['client.test'], passphrase);
  const [cert, key] = [join(folder, 'client.pem'), join(folder, 'client.key')];
  await writeFile(cert, certificate);
  await writeFile(key, keyText);
  return { cert, key };
}

function keys({ certificate, key }: { readonly certificate: string; readonly key: string }) {
  return { cert: certificate, key };
}

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
