/** A plan, its outcome and the policies, as text for a person. */
import type { DoneStep } from './do-setup.js';
import type { SetupPlan } from './plan-setup.js';
import {
  createProgramPolicy,
  createRolePolicy,
  createTrustPolicy,
  type Policy,
  type PolicyPlace,
  type ProgramNeeds,
} from './policies.js';

export function formatPlan({ steps, problems }: SetupPlan): string {
  let number = 0;
  const lines = steps.flatMap((step) => {
    if (step.type === 'keep') return [` -  ${step.text}`];
    number++;
    const line = `${String(number).padStart(2)}. ${step.text}`;
    return step.type === 'await-role' ? [line] : [line, `    undo: ${step.undo}`];
  });
  return toText(['Plan', ...lines, ...problems.map((problem) => ` !  ${problem}`)]);
}

/** Latest first, the order in which things are taken back. */
export function formatUndo(done: readonly DoneStep[]): string {
  if (done.length === 0) return 'Nothing was changed\n';
  return toText(['This was done; to take it back:', ...done.toReversed().map(({ undo }) => `  ${undo}`)]);
}

/** The commands that make the role with which CloudWatch Logs writes to the stream. */
export function formatRole(place: PolicyPlace, { keyArn }: Pick<ProgramNeeds, 'keyArn'>): string {
  const name = 'flow-logs-to-kinesis';
  return toText([
    'The role with which CloudWatch Logs writes to the stream, where it is not there yet:',
    `aws iam create-role --role-name ${name} --assume-role-policy-document '${toJson(createTrustPolicy(place))}'`,
    `aws iam put-role-policy --role-name ${name} --policy-name put --policy-document '${toJson(createRolePolicy(place, keyArn))}'`,
  ]);
}

export function formatProgramPolicy(place: PolicyPlace, needs: ProgramNeeds): string {
  return toText(['The policy for this program:', toJson(createProgramPolicy(place, needs))]);
}

function toJson(policy: Policy): string {
  return JSON.stringify(policy, null, 2);
}

function toText(lines: readonly string[]): string {
  return `${lines.join('\n')}\n`;
}
