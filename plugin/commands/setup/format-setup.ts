/** Formats a plan, its outcome and the policies as text for a person. */
import { toTerminalJsonText, toTerminalText } from '../../terminal-text.js';
import { foldText } from '../fold-text.js';
import type { Screen } from '../screen.js';
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

/** On a terminal, sentences are folded. Commands are not, so that they can be copied. */
export function formatPlan({ steps, problems }: SetupPlan, screen?: Screen): string {
  const fold = (mark: string, text: string) => {
    const room = screen?.isTerminal ? screen.width - mark.length : Number.POSITIVE_INFINITY;
    const [first = '', ...others] = foldText(toTerminalText(text), room);
    return [mark + first, ...others.map((line) => ' '.repeat(mark.length) + line)];
  };
  let number = 0;
  const lines = steps.flatMap((step) => {
    const mark = step.type === 'keep' ? ' - ' : `${String(++number).padStart(2)}.`;
    const sentence = fold(`${mark} `, step.text);
    const change = 'change' in step ? [toTerminalText(`    change: ${step.change}`)] : [];
    const undo = 'undo' in step ? [toTerminalText(`    undo: ${step.undo}`)] : [];
    return [...sentence, ...change, ...undo];
  });
  return toText(['Plan', ...lines, ...problems.flatMap((problem) => fold(' !  ', problem))]);
}

/** The latest step comes first, because it has to be undone first. */
export function formatUndo(done: readonly DoneStep[]): string {
  if (done.length === 0) return 'Nothing was changed\n';
  return toText(['To undo what was done:', ...done.toReversed().map(({ undo }) => toTerminalText(`  ${undo}`))]);
}

/** The commands that create the role with which CloudWatch Logs writes to the stream. */
export function formatRole(place: PolicyPlace, { keyArn }: Pick<ProgramNeeds, 'keyArn'>): string {
  const name = 'flow-logs-to-kinesis';
  return toText([
    'To create the role with which CloudWatch Logs writes to the stream, if it does not exist yet:',
    `aws iam create-role --role-name ${name} --assume-role-policy-document ${toWord(createTrustPolicy(place))}`,
    `aws iam put-role-policy --role-name ${name} --policy-name put --policy-document ${toWord(createRolePolicy(place, keyArn))}`,
  ]);
}

export function formatProgramPolicy(place: PolicyPlace, needs: ProgramNeeds): string {
  return toText(['The policy for this program:', toTerminalJsonText(createProgramPolicy(place, needs))]);
}

/** The policy on several lines in single quotes, which cannot occur in the JSON. */
function toWord(policy: Policy): string {
  return `'${toTerminalJsonText(policy).replaceAll("'", '\\u0027')}'`;
}

function toText(lines: readonly string[]): string {
  return `${lines.join('\n')}\n`;
}
