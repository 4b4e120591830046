/** The cases of Winston: its own maximum, and the plugin on a logger with both kinds of confirmation. */
import { type BenchCase, inOneGo } from './bench-case.js';
import { endChild, forkChild, nextMessage } from './fork-child.js';
import type { InputName } from './inputs.js';
import type { Sample } from './sample.js';

export interface WinstonCaseOptions {
  readonly pathOf: (input: InputName) => string;
  readonly warmUpMs: number;
  readonly measureMs: number;
}

export function createWinstonCases(options: WinstonCaseOptions): readonly BenchCase[] {
  return ['json', 'untouched'].flatMap((format) => [
    toCase(`winston ${format} ceiling`, ['ceiling', format], format, options),
    ...['closed', 'written'].map((confirm) =>
      toCase(`winston ${format} acknowledged, confirm ${confirm}`, ['acknowledged', format, confirm], format, options),
    ),
  ]);
}

function toCase(
  name: string,
  [what = '', format = '', confirm]: readonly string[],
  ceilingFormat: string,
  { pathOf, warmUpMs, measureMs }: WinstonCaseOptions,
): BenchCase {
  return {
    group: 'winston',
    name,
    input: 'v2',
    against: { ceiling: `winston ${ceilingFormat} ceiling`, plain: 'plain v2' },
    measure: inOneGo(async () => {
      const receiver = confirm === undefined ? undefined : forkChild('receiver-child', []);
      const output = receiver && confirm ? [confirm, await nextMessage<number>(receiver)] : [];
      const child = forkChild('winston-child', [what, format, pathOf('v2'), warmUpMs, measureMs, ...output]);
      try {
        return await nextMessage<Sample>(child);
      } finally {
        await endChild(child);
        if (receiver) await endChild(receiver);
      }
    }),
  };
}
