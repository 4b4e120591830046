/** A certificate authority and a receiver's certificate for 127.0.0.1, made for one run. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { UnavailableError } from './programs.js';

export interface Certificates {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

export function createCertificates(folder: string): Certificates {
  const at = (name: string) => join(folder, name);
  writeFileSync(at('receiver.ext'), 'subjectAltName=IP:127.0.0.1\nbasicConstraints=CA:FALSE\n');
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  openssl([
    'req',
    '-x509',
    ...key,
    '-keyout',
    at('ca.key'),
    '-out',
    at('ca.pem'),
    '-days',
    '2',
    '-subj',
    '/CN=Test CA',
  ]);
  openssl(['req', ...key, '-keyout', at('receiver.key'), '-out', at('receiver.csr'), '-subj', '/CN=receiver']);
  openssl([
    ...['x509', '-req', '-in', at('receiver.csr'), '-CA', at('ca.pem'), '-CAkey', at('ca.key'), '-CAcreateserial'],
    ...['-days', '2', '-extfile', at('receiver.ext'), '-out', at('receiver.pem')],
  ]);
  return { ca: at('ca.pem'), cert: at('receiver.pem'), key: at('receiver.key') };
}

function openssl(args: readonly string[]): void {
  const { error, status, stderr } = spawnSync('openssl', args, { encoding: 'utf8' });
  if (error) throw new UnavailableError(`openssl does not run: ${error.message}`);
  if (status !== 0) throw new Error(`openssl ${args[0]} failed: ${stderr}`);
}
