/** Shell completion: the script for a shell, and the suggestions that the script asks this program for. */
import root from '@bomb.sh/tab';
import addCompletion from '@bomb.sh/tab/commander';
import type { Command } from 'commander';

/** Prints the script on standard output. */
export function printCompletion(shell: string): void {
  root.setup('kinesis-snare', 'kinesis-snare', shell);
}

/** Adds the hidden command `complete`, which prints suggestions. The program must not have a command `completion` yet. */
export function addSuggestions(program: Command): void {
  addCompletion(program, { completionCommandName: 'completion' });
}
