/**
 * What Terraform makes of `setup --print terraform`; its program is what `TERRAFORM` names, or on the PATH. The provider of AWS
 * is in a registry that no test asks, so its resources become `terraform_data`, which is built in and takes any arguments.
 * Terraform then parses the file, resolves what refers to what, and evaluates every text. That the provider has the arguments
 * is in the test of print.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createProgramPolicy, createRolePolicy, createTrustPolicy } from '../../plugin/commands/setup/policies.js';
import { iteratorAgeMs, type Stack } from '../../plugin/commands/setup/print/stack.js';
import { toTerraform } from '../../plugin/commands/setup/print/to-terraform.js';
import { printedStacks } from './printed-stacks.js';
import { UnavailableError } from './programs.js';

const program = process.env.TERRAFORM ?? 'terraform';
const place = { partition: 'aws', region: 'us-east-1', account: '123456789012' };

type Arguments = Readonly<Record<string, unknown>>;
interface State {
  readonly values: {
    readonly root_module: {
      readonly child_modules: readonly {
        readonly address: string;
        readonly resources: readonly { readonly name: string; readonly values: { readonly input: Arguments } }[];
      }[];
    };
  };
}

export async function evaluateTerraform(): Promise<string> {
  // Names that would be templates.
  const stacks = [...printedStacks, { ...(printedStacks[0] as Stack), filterName: '${a} %{b}', stream: 's' }];
  const folder = await mkdtemp(join(tmpdir(), 'interop-terraform-'));
  const run = async (...args: readonly string[]) => {
    const env = { ...process.env, CHECKPOINT_DISABLE: '1', TF_IN_AUTOMATION: '1' };
    const { stdout } = await promisify(execFile)(program, args, { cwd: folder, env });
    return stdout;
  };
  try {
    await run('version');
    const modules = stacks.map((_, index) => [`stack${index}`, { source: `./${index}` }]);
    await writeFile(join(folder, 'main.tf.json'), JSON.stringify({ module: Object.fromEntries(modules) }));
    for (const [index, stack] of stacks.entries()) {
      await mkdir(join(folder, `${index}`));
      await writeFile(join(folder, `${index}`, 'setup.tf.json'), withoutProvider(toTerraform(stack) as never, stack));
    }
    await run('init', '-backend=false', '-input=false', '-no-color');
    await run('apply', '-auto-approve', '-input=false', '-no-color');
    const { child_modules } = (JSON.parse(await run('show', '-json')) as State).values.root_module;
    for (const [index, stack] of stacks.entries()) {
      const found = child_modules.find(({ address }) => address === `module.stack${index}`)?.resources ?? [];
      checkStack(stack, (type) =>
        found.filter(({ name }) => name.startsWith(`${type}-`)).map(({ values }) => values.input),
      );
    }
    return `${stacks.length} files evaluated`;
  } catch (error) {
    const { code, stderr, message } = error as NodeJS.ErrnoException & { readonly stderr?: string };
    if (code === 'ENOENT') throw new UnavailableError(`there is no ${program}; install Terraform, or set TERRAFORM`);
    throw new Error(stderr || message);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The text of a module with the same arguments and expressions, and what AWS would return in its resources. */
function withoutProvider(
  { terraform: _, resource, ...rest }: { terraform: object; resource: Record<string, Record<string, Arguments>> },
  { stream }: Stack,
): string {
  const made = { id: 'made', arn: `arn:aws:kinesis:${place.region}:${place.account}:stream/${stream}` };
  const data = Object.entries(resource).flatMap(([type, all]) =>
    Object.entries(all).map(([name, { for_each, depends_on, ...input }]) => [
      `${type}-${name}`,
      { for_each, depends_on, input: { ...made, ...input } },
    ]),
  );
  const module = { ...rest, resource: { terraform_data: Object.fromEntries(data) } };
  return JSON.stringify(module).replaceAll(
    /\b(aws_\w+)\.(\w+)(\.\w+)?/g,
    (_, type: string, name: string, attribute?: string) =>
      `terraform_data.${type}-${name}${attribute === undefined ? '' : `.input${attribute}`}`,
  );
}

function checkStack(stack: Stack, argumentsOf: (type: string) => readonly Arguments[]): void {
  const { stream, logGroups, filterName, looksUpFormats, consumer, roleArn } = stack;
  const own = { ...place, stream };
  const policiesOf = (type: string, name: string) =>
    argumentsOf(type).map((given) => JSON.parse(String(given[name])) as unknown);
  const program = createProgramPolicy(own, { logGroups, keyArn: undefined, looksUpFormats, consumer });
  assert.deepEqual(policiesOf('aws_iam_policy', 'policy'), [program]);
  assert.deepEqual(policiesOf('aws_iam_role', 'assume_role_policy'), roleArn ? [] : [createTrustPolicy(own)]);
  assert.deepEqual(policiesOf('aws_iam_role_policy', 'policy'), roleArn ? [] : [createRolePolicy(own, undefined)]);
  const streams = argumentsOf('aws_kinesis_stream');
  assert.deepEqual(
    streams.map(({ name, retention_period }) => [name, retention_period]),
    [[stream, 24]],
  );
  const filters = argumentsOf('aws_cloudwatch_log_subscription_filter');
  assert.deepEqual(
    filters.map(({ log_group_name, name, destination_arn }) => [log_group_name, name, destination_arn]).sort(),
    logGroups.map((logGroup) => [logGroup, filterName, streams[0]?.arn]).sort(),
  );
  const thresholds = argumentsOf('aws_cloudwatch_metric_alarm').map(({ threshold }) => threshold);
  assert.ok(thresholds.includes(iteratorAgeMs) && thresholds.includes(0));
}
