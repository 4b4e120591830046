/** The templates of `setup --print`, and that of the examples, are valid to cfn-lint, from PyPI; its program is what `CFN_LINT` names, or on the PATH. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Stack } from '../../plugin/commands/setup/print/stack.js';
import { toCloudFormation } from '../../plugin/commands/setup/print/to-cloudformation.js';
import { UnavailableError } from './programs.js';

const program = process.env.CFN_LINT ?? 'cfn-lint';
const simple: Stack = {
  ...{ stream: 'flow-logs', shards: undefined, logGroups: ['/aws/vpc/flow-logs'], filterName: 'kinesis-snare' },
  ...{ distribution: 'by-log-stream', looksUpFormats: false, consumer: undefined, roleArn: undefined },
};
const stacks: readonly Stack[] = [
  simple,
  { ...simple, shards: 4, distribution: 'random', looksUpFormats: true, logGroups: ['/a', '/b', '/c.d#e'] },
  { ...simple, logGroups: [] },
  { ...simple, consumer: 'snare' },
  { ...simple, roleArn: 'arn:aws:iam::123456789012:role/flow-logs-to-kinesis' },
];

export async function lintTemplates(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'interop-templates-'));
  try {
    const files = stacks.map((_, index) => join(folder, `${index}.json`));
    for (const [index, file] of files.entries())
      await writeFile(file, JSON.stringify(toCloudFormation(stacks[index] ?? simple)));
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
