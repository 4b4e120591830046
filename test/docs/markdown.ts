/** What the tests of the documentation need to know of Markdown: its files, blocks of code, inline code, links and headings. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Page {
  /** Path from the top of the repository. */
  readonly file: string;
  readonly text: string;
}

export interface CodeBlock {
  /** File and line, for messages. */
  readonly at: string;
  readonly language: string;
  /** The HTML comment on the line before it; empty without one. */
  readonly mark: string;
  readonly text: string;
}

export interface Link {
  readonly at: string;
  readonly target: string;
}

export function readPage(file: string): Page {
  return { file, text: readFileSync(file, 'utf8') };
}

/** What a user reads: the README and docs/. */
export function userPages(): readonly Page[] {
  const docs = readdirSync('docs').filter((name) => name.endsWith('.md'));
  return ['README.md', ...docs.map((name) => join('docs', name))].map(readPage);
}

export function codeBlocks({ file, text }: Page): readonly CodeBlock[] {
  const blocks: CodeBlock[] = [];
  const lines = text.split('\n');
  for (let index = 0; index < lines.length; index++) {
    const [, indent = '', language = ''] = lines[index]?.match(/^( *)```(.*)$/) ?? [];
    if (!/^ *```/.test(lines[index] ?? '')) continue;
    const end = lines.findIndex((line, later) => later > index && line.trim() === '```');
    if (end < 0) throw new Error(`${file}:${index + 1}: the block has no end`);
    const [, mark = ''] = lines[index - 1]?.match(/^ *<!-- (.*) -->$/) ?? [];
    const body = lines.slice(index + 1, end).map((line) => line.slice(indent.length));
    blocks.push({ at: `${file}:${index + 1}`, language, mark, text: `${body.join('\n')}\n` });
    index = end;
  }
  return blocks;
}

/** The commands of a script, without comments and with long lines joined. */
export function commandsOf(script: string): readonly string[] {
  return script
    .replaceAll('\\\n', ' ')
    .split('\n')
    .flatMap((line) => line.replace(/ #.*/, '').split('&&'))
    .map((command) => command.replace(/\s+/g, ' ').trim())
    .filter((command) => command !== '');
}

/** The words of a command, as a shell takes them; quotes are the double ones. */
export function wordsOf(command: string): readonly string[] {
  const words: readonly string[] = command.match(/"[^"]*"|[^\s\\]+/g) ?? [];
  return words.map((word) => word.replaceAll('"', ''));
}

/** The text without its blocks of code; line numbers stay. */
export function withoutBlocks(text: string): string {
  return text.replace(/^ *```[\s\S]*?^ *```$/gm, (block) => block.replace(/[^\n]/g, ''));
}

export function inlineCode({ text }: Page): readonly string[] {
  return [...withoutBlocks(text).matchAll(/`([^`\n]+)`/g)].map(([, code]) => code ?? '');
}

export function links({ file, text }: Page): readonly Link[] {
  const prose = withoutBlocks(text).replace(/`[^`\n]*`/g, '');
  return [...prose.matchAll(/\]\(([^)\s]+)\)|<(https?:[^>\s]+)>/g)].map((match) => ({
    at: `${file}:${prose.slice(0, match.index).split('\n').length}`,
    target: match[1] ?? match[2] ?? '',
  }));
}

/** What a link may have after its `#`, as GitHub makes it of the headings. */
export function anchors({ text }: Page): ReadonlySet<string> {
  const headings = [...withoutBlocks(text).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => heading);
  return new Set(
    headings.map((heading) =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}
