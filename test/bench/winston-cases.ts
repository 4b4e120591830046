/** The cases of Winston: its own maximum, and the plugin on a logger with both kinds of confirmation. */
import { type BenchCase, inOneGo } from './bench-case.js';
import { endChild, forkChild, nextMessage } from './fork-child.js';
import { type InputName, smoothInput } from './inputs.js';
import type { Sample } from './sample.js';
import type { Tree } from './tree.js';

export interface WinstonCaseOptions {
  readonly pathOf: (input: InputName) => string;
  readonly warmUpMs: number;
  readonly measureMs: number;
  /** The build to measure. */
  readonly tree: Tree;
}

interface WinstonLoad {
  readonly format: string;
  /** If omitted, the ceiling is measured. */
  readonly confirm?: string;
  readonly input?: InputName;
}

const loads: Readonly<Record<string, WinstonLoad>> = {
  ...Object.fromEntries(
    ['json', 'untouched'].flatMap((format) => [
      [`winston ${format} ceiling`, { format }],
      ...['closed', 'written'].map((confirm) => [
        `winston ${format} acknowledged, confirm ${confirm}`,
        { format, confirm },
      ]),
    ]),
  ),
  'winston untouched acknowledged, 1 SKIPDATA a record': {
    format: 'untouched',
    confirm: 'closed',
    input: 'v2-skipdata',
  },
  'winston untouched acknowledged, mixed lines': { format: 'untouched', confirm: 'closed', input: 'v2-mixed' },
};

export function createWinstonCases(options: WinstonCaseOptions): readonly BenchCase[] {
  return Object.entries(loads).map(([name, load]) => toCase(name, load, options));
}

function toCase(
  name: string,
  { format, confirm, input = smoothInput }: WinstonLoad,
  { pathOf, warmUpMs, measureMs, tree }: WinstonCaseOptions,
): BenchCase {
  return {
    group: 'winston',
    name,
    input,
    against: {
      ceiling: `winston ${format} ceiling`,
      plain: `plain ${smoothInput}`,
      ...(confirm && { smooth: `winston ${format} acknowledged, confirm ${confirm}` }),
    },
    measure: inOneGo(async () => {
      const receiver = confirm === undefined ? undefined : forkChild('receiver-child', []);
      const output = receiver && confirm ? [confirm, await nextMessage<number>(receiver)] : [];
      const what = confirm === undefined ? 'ceiling' : 'acknowledged';
      const child = forkChild('winston-child', [what, format, pathOf(input), warmUpMs, measureMs, ...output], tree);
      try {
        return await nextMessage<Sample>(child);
      } finally {
        await endChild(child);
        if (receiver) await endChild(receiver);
      }
    }),
  };
}
