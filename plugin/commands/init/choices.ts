/** Decides what the options leave open. Without a terminal no questions are asked, and the only candidate is used. */
import { CommandError, UsageError } from '../exit.js';
import type { Found, FoundGroup } from './find-sources.js';
import { outputForms } from './parse-output.js';

export interface Choices {
  /** Whether a manifest that exists is replaced. */
  overwrite(path: string): Promise<boolean>;
  region(): Promise<string>;
  stream(found: Found<string>, region: string): Promise<string>;
  /** Possibly none. */
  logGroups(found: Found<FoundGroup>, stream: string): Promise<readonly string[]>;
  /** An address for `parseOutput`. */
  output(): Promise<string>;
}

/** The user left a question without an answer. */
export class CancelledError extends Error {
  override readonly name = 'CancelledError';
}

const shownStreams = 10;

export const unattendedChoices: Choices = {
  async overwrite(path) {
    throw new CommandError(
      `"${path}" exists and was not changed; use --force to replace it, or --manifest for another file`,
    );
  },
  async region() {
    throw new UsageError('No region is known; use --region or set AWS_REGION');
  },
  async stream({ items = [], problem }, region) {
    const [only, ...others] = items;
    if (problem !== undefined) throw new CommandError(`${problem}; or name the stream with --stream`);
    if (only === undefined)
      throw new UsageError(`Region "${region}" has no stream; name one with --stream, and setup creates it`);
    if (others.length === 0) return only;
    const names = items.slice(0, shownStreams).map((name) => `"${name}"`);
    const rest = items.length > shownStreams ? ` and ${items.length - shownStreams} more` : '';
    throw new UsageError(`Choose one of the streams with --stream: ${names.join(', ')}${rest}`);
  },
  async logGroups({ items = [] }) {
    return items.filter(({ sends }) => sends).map(({ name }) => name);
  },
  async output() {
    throw new UsageError(`Expected the receiver in --output: ${outputForms}`);
  },
};
