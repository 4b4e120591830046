/** What the first bytes that came back say about the service at a port. They are not quoted, since they may be anything. */

/** A sentence with what to do. */
export function describeAnswer(bytes: Uint8Array): string {
  const text = Buffer.from(bytes.subarray(0, 16)).toString('latin1');
  const [, service] = answers.find(([start]) => text.startsWith(start)) ?? [];
  if (service === 'TLS') return 'The receiver answered with a TLS alert, so its port is for TLS; set type: "tls"';
  const what = service === undefined ? 'sent bytes' : `answered as a server for ${service}`;
  return `The receiver ${what}, which a log receiver does not do; check the host and the port`;
}

const answers: readonly (readonly [start: string, service: string])[] = [
  // A TLS record of type alert, any version.
  ['\x15\x03', 'TLS'],
  ['HTTP/', 'HTTP'],
  ['SSH-', 'SSH'],
  ['220', 'SMTP or FTP'],
  ['+OK', 'POP3'],
  ['* OK', 'IMAP'],
];
