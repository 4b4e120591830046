/**
 * Where the receivers' programs are: in the folder that `INTEROP_ROOT` names, with packages unpacked but not installed
 * (see `unpack-receivers.sh`), or on this machine.
 */
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';

export interface Program {
  readonly path: string;
  /** Folder of its modules; undefined when it needs none. */
  readonly modules: string | undefined;
  readonly env: NodeJS.ProcessEnv;
}

/** This machine lacks what a set-up needs; the message says what. */
export class UnavailableError extends Error {
  override readonly name = 'UnavailableError';
}

const root = process.env.INTEROP_ROOT ?? '/';

/**
 * @param module file name of a module that the set-up cannot do without
 * @param place where the program is installed, if not with the receivers
 */
export function findProgram(name: string, module?: string, place = root): Program {
  const folders = ['usr/sbin', 'usr/bin', 'usr/local/sbin', 'usr/local/bin'];
  const path = folders.map((folder) => join(place, folder, name)).find(existsSync);
  if (!path) throw new UnavailableError(`there is no ${name} in ${place}`);
  const modules = module === undefined ? undefined : findModules(module);
  return { path, modules, env: root === '/' ? process.env : { ...process.env, LD_LIBRARY_PATH: libraryPath(modules) } };
}

function findModules(module: string): string {
  const folders = libraryFolders().flatMap((folder) => [
    join(folder, 'rsyslog'),
    ...listFolder(join(folder, 'syslog-ng')).map((version) => join(folder, 'syslog-ng', version)),
  ]);
  const found = folders.find((folder) => existsSync(join(folder, module)));
  if (!found) throw new UnavailableError(`there is no module ${module} in ${root}`);
  return found;
}

/** Debian's syslog-ng keeps its own library one folder above its modules, and systemd in a folder of its own. */
function libraryPath(modules: string | undefined): string {
  const folders = libraryFolders();
  const systemd = folders.map((folder) => join(folder, 'systemd'));
  return [...folders, ...systemd, ...(modules ? [dirname(modules)] : [])].join(':');
}

function libraryFolders(): string[] {
  return ['usr/lib', 'lib', 'usr/lib64'].flatMap((folder) => {
    const path = join(root, folder);
    const multiarch = listFolder(path).filter((name) => name.endsWith('-linux-gnu'));
    return [...multiarch.map((name) => join(path, name)), path];
  });
}

function listFolder(path: string): string[] {
  return existsSync(path) ? readdirSync(path) : [];
}
