/**
 * A file system that does not respond, like a network file system that is gone. Calls of `node:fs/promises` on the paths that a
 * test names never end, and neither do writes to files that were opened before. Other paths work as usual.
 */
import files, { type FileHandle } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';

type Call = (...input: never[]) => Promise<unknown>;

const calls = ['open', 'readFile', 'rename', 'rm', 'stat', 'mkdir', 'readdir', 'unlink'] as const;
const writes = ['write', 'appendFile', 'writeFile', 'datasync', 'sync'] as const;
const hangs = new Set<Hang>();

interface Hang {
  readonly path: string;
  held: number;
}

export interface HangingFiles {
  /** Number of calls that hang or have hung. */
  readonly held: number;
  /** Later calls work again; calls that hang continue to hang. */
  restore(): void;
}

/** @param path a part of the paths that hang, such as the test's own folder */
export function hangFiles(path: string): HangingFiles {
  if (hangs.size === 0) install();
  const hang: Hang = { path, held: 0 };
  hangs.add(hang);
  return {
    get held() {
      return hang.held;
    },
    restore() {
      hangs.delete(hang);
    },
  };
}

let isInstalled = false;

function install(): void {
  if (isInstalled) return;
  isInstalled = true;
  const own = files as unknown as Record<string, Call>;
  for (const name of calls) {
    const call = own[name] as Call;
    own[name] = async (...input: never[]) => {
      const path = String(input[0]);
      const result = await (holdAt(path) ?? call(...input));
      if (name === 'open') holdWrites(result as FileHandle, path);
      return result;
    };
  }
  syncBuiltinESMExports();
}

function holdWrites(file: FileHandle, path: string): void {
  for (const name of writes) {
    const call = file[name].bind(file) as Call;
    Object.defineProperty(file, name, { value: (...input: never[]) => holdAt(path) ?? call(...input) });
  }
}

function holdAt(path: string): Promise<never> | undefined {
  const hang = [...hangs].find((one) => path.includes(one.path));
  if (!hang) return undefined;
  hang.held++;
  return new Promise(() => {});
}
