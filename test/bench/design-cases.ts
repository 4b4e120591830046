/** The cases of one thread: stages with the default format, and whole transforms for every input and every line format. */
import type { BenchCase } from './bench-case.js';
import { lineFormats, stageNames } from './designs.js';
import { endChild, forkChild, nextMessage } from './fork-child.js';
import { type InputName, inputSpecs, smoothInput, specOf } from './inputs.js';
import { READY } from './ready.js';
import type { Sample } from './sample.js';
import type { Tree } from './tree.js';

export interface DesignCaseOptions {
  /** Path of the file with the records of an input. */
  readonly pathOf: (input: InputName) => string;
  readonly warmUpMs: number;
  readonly measureMs: number;
  /** The build to measure. */
  readonly tree: Tree;
}

export function createDesignCases(options: DesignCaseOptions): readonly BenchCase[] {
  const stages = stageNames
    .filter((stage) => stage !== 'gunzip')
    .map((stage) => toCase('stage', `stage ${stage}`, stage, 'v2', options));
  const transforms = inputSpecs
    .filter(({ name }) => !specOf(name).isUnique)
    .flatMap(({ name }): BenchCase[] => [
      toCase('transform', `plain ${name}`, 'plain', name, options),
      toCase('transform', `gunzip ${name}`, 'gunzip', name, options),
      toCase('transform', `transform ${name} snare`, 'transform snare', name, options),
    ]);
  const formats = lineFormats
    .filter((format) => format !== 'snare')
    .map((format) => toCase('transform', `transform v2 ${format}`, `transform ${format}`, 'v2', options));
  return [...stages, ...transforms, ...formats];
}

function toCase(
  group: BenchCase['group'],
  name: string,
  design: string,
  input: InputName,
  options: DesignCaseOptions,
): BenchCase {
  const { pathOf, warmUpMs, measureMs, tree } = options;
  return {
    group,
    name,
    input,
    against: {
      plain: `plain ${input}`,
      gunzip: `gunzip ${input}`,
      ...(group === 'transform' && { smooth: name.replace(input, smoothInput) }),
    },
    turnsWith: input,
    async *measure() {
      const child = forkChild('design-child', [design, input, pathOf(input), warmUpMs, measureMs], tree);
      try {
        for (;;) {
          const message = await nextMessage<Sample | typeof READY>(child);
          if (message !== READY) return message;
          yield;
          child.send(READY);
        }
      } finally {
        await endChild(child);
      }
    },
  };
}
