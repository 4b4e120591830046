/** A checkout of this repository that is built: the one that runs, or an earlier one to compare with. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

export interface Tree {
  /** Folder of the benchmark's programs. */
  readonly bench: string;
  /** The command line. */
  readonly cli: string;
}

export const thisTree = toTree(fileURLToPath(new URL('../../..', import.meta.url)));

/** Throws if the checkout is not built. */
export function openTree(folder: string): Tree {
  const tree = toTree(resolve(folder));
  for (const path of [tree.cli, tree.bench]) {
    if (!existsSync(path)) throw new Error(`Expected a checkout that is built (npx tsc), but there is no ${path}`);
  }
  return tree;
}

/** The names of the inputs that the benchmark of the build knows. */
export async function inputsOf({ bench }: Tree): Promise<ReadonlySet<string>> {
  const { inputSpecs } = (await import(pathToFileURL(join(bench, 'inputs.js')).href)) as {
    readonly inputSpecs: readonly { readonly name: string }[];
  };
  return new Set(inputSpecs.map(({ name }) => name));
}

function toTree(root: string): Tree {
  return { bench: join(root, 'dist/test/bench'), cli: join(root, 'dist/plugin/cli.js') };
}
