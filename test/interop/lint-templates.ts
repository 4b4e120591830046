/** The templates of `setup --print`, and that of the examples, are valid to cfn-lint, from PyPI; its program is what `CFN_LINT` names, or on the PATH. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { toCloudFormation } from '../../plugin/commands/setup/print/to-cloudformation.js';
import { printedStacks } from './printed-stacks.js';
import { UnavailableError } from './programs.js';

const program = process.env.CFN_LINT ?? 'cfn-lint';

export async function lintTemplates(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'interop-templates-'));
  try {
    const files = printedStacks.map((_, index) => join(folder, `${index}.json`));
    for (const [index, stack] of printedStacks.entries())
      await writeFile(files[index] ?? '', JSON.stringify(toCloudFormation(stack)));
    files.push('examples/lambda.template.yaml');
    await promisify(execFile)(program, files);
    return `${files.length} templates without a remark`;
  } catch (error) {
    const { code, stdout, message } = error as NodeJS.ErrnoException & { readonly stdout?: string };
    if (code === 'ENOENT') throw new UnavailableError(`there is no ${program}; pip install cfn-lint, or set CFN_LINT`);
    throw new Error(stdout || message);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
