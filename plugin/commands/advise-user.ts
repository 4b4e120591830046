/** The advice about the user that the program runs as; undefined when there is none. */
export function adviseUser(userId: number | undefined): string | undefined {
  if (userId !== 0) return undefined;
  return 'This program runs as root, which it does not require; run it as a user that may write only to the folders of its files';
}
