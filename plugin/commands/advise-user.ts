/** What should be said about the user that a program of its own runs as; undefined when nothing is to be said. */
export function adviseUser(userId: number | undefined): string | undefined {
  if (userId !== 0) return undefined;
  return 'The program runs as root, which it does not require; give it a user of its own that may write to the folders of its files';
}
