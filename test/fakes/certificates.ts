/**
 * Creates certificates for TLS in tests, so that none expires in the repository and no key is stored there. The X.509 is
 * written by hand and contains only what TLS requires. See RFC 5280.
 *
 *     const ca = createAuthority('a test CA');
 *     const { certificate, key } = ca.issue(['receiver.test', '127.0.0.1']);
 */
import { createPublicKey, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { isIPv4 } from 'node:net';

export interface Issued {
  /** PEM. */
  readonly certificate: string;
  /** PEM, encrypted if a passphrase is given. */
  readonly key: string;
}

export interface Authority {
  /** The certificate to trust, PEM. */
  readonly certificate: string;
  /** @param names DNS names and IPv4 addresses that the certificate is for; the first one is its common name */
  issue(names: readonly string[], passphrase?: string): Issued;
}

/** A certificate authority with its own keys, which nothing trusts by default. */
export function createAuthority(name: string): Authority {
  const { privateKey } = createKeys();
  return {
    certificate: createCertificate({ subject: name, issuer: name, subjectKey: privateKey, issuerKey: privateKey }),
    issue([subject = '', ...others], passphrase) {
      const { privateKey: key } = createKeys();
      const names = [subject, ...others];
      const certificate = createCertificate({ subject, issuer: name, subjectKey: key, issuerKey: privateKey, names });
      const encryption = passphrase !== undefined && { cipher: 'aes-256-cbc', passphrase };
      return { certificate, key: key.export({ type: 'pkcs8', format: 'pem', ...encryption }) as string };
    },
  };
}

function createKeys(): { readonly privateKey: KeyObject } {
  return generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
}

interface CertificateContent {
  readonly subject: string;
  readonly issuer: string;
  readonly subjectKey: KeyObject;
  readonly issuerKey: KeyObject;
  /** Omitted for an authority. */
  readonly names?: readonly string[];
}

const dayMs = 24 * 3600 * 1000;
const oid = {
  ecdsaWithSha256: '2a8648ce3d040302',
  commonName: '550403',
  basicConstraints: '551d13',
  subjectAlternativeName: '551d11',
};
const tag = {
  integer: 0x02,
  bits: 0x03,
  octets: 0x04,
  oid: 0x06,
  text: 0x0c,
  time: 0x17,
  sequence: 0x30,
  set: 0x31,
  dnsName: 0x82,
  address: 0x87,
};

function createCertificate({ subject, issuer, subjectKey, issuerKey, names }: CertificateContent): string {
  const algorithm = der(tag.sequence, ofOid(oid.ecdsaWithSha256));
  const content = der(
    tag.sequence,
    der(0xa0, der(tag.integer, Buffer.of(2))),
    der(tag.integer, Buffer.concat([Buffer.of(1), randomBytes(8)])),
    algorithm,
    ofName(issuer),
    der(tag.sequence, ofTime(Date.now() - dayMs), ofTime(Date.now() + dayMs)),
    ofName(subject),
    createPublicKey(subjectKey.export({ type: 'pkcs8', format: 'pem' })).export({ type: 'spki', format: 'der' }),
    der(0xa3, der(tag.sequence, names ? ofAlternativeNames(names) : isAuthority())),
  );
  const signature = der(tag.bits, Buffer.of(0), sign('sha256', content, issuerKey));
  const text = der(tag.sequence, content, algorithm, signature).toString('base64');
  return `-----BEGIN CERTIFICATE-----\n${text.replace(/.{1,64}/g, '$&\n')}-----END CERTIFICATE-----\n`;
}

function isAuthority(): Buffer {
  const yes = der(tag.sequence, Buffer.of(0x01, 1, 0xff));
  return der(tag.sequence, ofOid(oid.basicConstraints), der(tag.octets, yes));
}

function ofAlternativeNames(names: readonly string[]): Buffer {
  const encoded = names.map((name) =>
    isIPv4(name) ? der(tag.address, Buffer.from(name.split('.').map(Number))) : der(tag.dnsName, Buffer.from(name)),
  );
  return der(tag.sequence, ofOid(oid.subjectAlternativeName), der(tag.octets, der(tag.sequence, ...encoded)));
}

function ofName(name: string): Buffer {
  const attribute = der(tag.sequence, ofOid(oid.commonName), der(tag.text, Buffer.from(name)));
  return der(tag.sequence, der(tag.set, attribute));
}

/** Without the century, as RFC 5280 requires before 2050. */
function ofTime(ms: number): Buffer {
  const digits = new Date(ms).toISOString().replace(/\D/g, '').slice(2, 14);
  return der(tag.time, Buffer.from(`${digits}Z`));
}

function ofOid(hex: string): Buffer {
  return der(tag.oid, Buffer.from(hex, 'hex'));
}

function der(type: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  // DER requires the shortest encoding of a length.
  const sizes = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.of(type, ...sizes), content]);
}
