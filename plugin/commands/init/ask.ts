/** Asks on a terminal. Standard output stays free; names from AWS cannot control the terminal. */
import type { Readable, Writable } from 'node:stream';
import { type CANCEL_SYMBOL, confirm, isCancel, log, multiselect, select, text } from '@clack/prompts';
import { toTerminalText } from '../../terminal-text.js';
import { CancelledError, type Choices } from './choices.js';
import { parseOutput } from './parse-output.js';

export interface Terminal {
  readonly input: Readable;
  readonly output: Writable;
}

const defaultStream = 'vpc-flow-logs';
const maxItems = 10;

export function createQuestions(terminal: Terminal): Choices {
  const answer = async <Answer>(asked: Promise<Answer | typeof CANCEL_SYMBOL>): Promise<Answer> => {
    const given = await asked;
    if (isCancel(given)) throw new CancelledError('The question was not answered');
    return given;
  };
  const askText = (message: string, initialValue: string) =>
    answer(
      text({
        ...terminal,
        message,
        initialValue,
        validate: (value) => (value?.trim() ? undefined : 'Expected a value'),
      }),
    );
  const explain = (problem: string | undefined) => {
    if (problem !== undefined) log.warn(toTerminalText(problem), terminal);
  };

  return {
    overwrite: (path) =>
      answer(confirm({ ...terminal, message: `"${toTerminalText(path)}" exists. Replace it?`, initialValue: false })),

    region: () => askText('AWS region of the stream', ''),

    async stream({ items = [], problem }, region) {
      explain(problem);
      if (items.length > 0) {
        const options = items.map((value) => ({ value, label: toTerminalText(value) }));
        const other = { value: '', label: 'Another stream' };
        const message = `Kinesis stream in ${toTerminalText(region)}`;
        const chosen = await answer(select({ ...terminal, message, maxItems, options: [...options, other] }));
        if (chosen !== '') return chosen;
      }
      return askText('Name of the stream; setup creates it if it does not exist', defaultStream);
    },

    async logGroups({ items = [], problem }, stream) {
      explain(problem);
      if (items.length === 0) return [];
      const options = items.map(({ name, sends }) => ({
        value: name,
        label: toTerminalText(name),
        ...(sends && { hint: `sends to ${toTerminalText(stream)}` }),
      }));
      const initialValues = items.filter(({ sends }) => sends).map(({ name }) => name);
      const message = 'Log groups with flow logs';
      return answer(multiselect({ ...terminal, message, maxItems, options, initialValues, required: false }));
    },

    async output() {
      const type = await answer(
        select({
          ...terminal,
          message: 'Where do the flow logs go?',
          options: [
            { value: 'tls', label: 'Snare Central over TLS' },
            { value: 'tcp', label: 'Snare Central over TCP' },
            { value: 'file', label: 'A file' },
            { value: 'stdout', label: 'Standard output', hint: 'for a first try' },
          ],
        }),
      );
      if (type === 'stdout') return type;
      if (type === 'file') return `file:${await askText('Path of the file', './flow-logs.txt')}`;
      const validate = (host: string | undefined) => {
        try {
          parseOutput(`${type}://${host}`);
          return undefined;
        } catch {
          return 'Expected a host, and a port if it is not the default';
        }
      };
      const placeholder = type === 'tls' ? 'snare.example.com:6163' : 'snare.example.com:6161';
      return `${type}://${await answer(text({ ...terminal, message: 'Host of the receiver', placeholder, validate }))}`;
    },
  };
}
