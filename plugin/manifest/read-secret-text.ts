/**
 * Reads the file of a placeholder such as `${file:/run/secrets/name}`. The content is a secret: no fault quotes it. A file that
 * another user can write is refused, as for keys.
 */
import { isUtf8 } from 'node:buffer';
import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describeError } from '../../src/faults.js';
import { findDistrust } from '../../src/trusted-file.js';
import type { Environment, PlaceholderFault } from './substitute.js';

export interface SecretPlace {
  /** Absolute base of relative paths: the folder of the manifest. */
  readonly folder: string;
  readonly environment: Environment;
}

const maxBytes = 64 * 1024;
/** Where systemd puts the credentials of a unit: https://systemd.io/CREDENTIALS/. */
const credentials = 'CREDENTIALS_DIRECTORY';
/** Undefined on Windows. A pipe that nobody writes to would block the open. */
const { O_NONBLOCK = 0 } = constants;

/**
 * The text of the file, without one line feed at its end, or why there is none.
 *
 * @param path as written: absolute, relative to the manifest, or beginning with `$CREDENTIALS_DIRECTORY/`
 */
export function readSecretText(path: string, { folder, environment }: SecretPlace): string | PlaceholderFault {
  const prefix = `$${credentials}/`;
  const isCredential = path.startsWith(prefix);
  const directory = environment[credentials];
  if (isCredential && !directory) {
    const hint =
      'systemd sets it for a unit with LoadCredential= or SetCredential=; for a command outside of the unit, set it to /run/credentials/UNIT';
    return { expected: `the environment variable ${credentials}`, hint };
  }
  const rest = isCredential ? path.slice(prefix.length) : path;
  if (rest.trim() === '' || rest.includes('$')) {
    const hint = `a path may begin with ${prefix}; no other variable is replaced in it`;
    return { expected: 'a placeholder such as ${file:/run/secrets/name}', received: `\${file:${path}}`, hint };
  }
  return readText(isCredential ? resolve(directory ?? '', rest) : resolve(folder, rest));
}

function readText(path: string): string | PlaceholderFault {
  try {
    const file = openSync(path, constants.O_RDONLY | O_NONBLOCK);
    try {
      const found = fstatSync(file);
      if (!found.isFile()) return refuse(path, 'it is not a regular file');
      if (found.size > maxBytes) return refuse(path, `it has more than ${maxBytes / 1024} KiB`);
      const distrust = findDistrust(found);
      if (distrust !== undefined) return refuse(path, distrust);
      const bytes = readFileSync(file);
      return isUtf8(bytes) ? bytes.toString('utf8').replace(/\n$/, '') : refuse(path, 'it is not UTF-8');
    } finally {
      closeSync(file);
    }
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    return refuse(path, isMissing ? 'the file does not exist' : describeError(error));
  }
}

function refuse(path: string, reason: string): PlaceholderFault {
  return { expected: `a secret file at ${path}`, hint: reason };
}
