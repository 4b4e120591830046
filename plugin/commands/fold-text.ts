/** Text for the columns of a terminal. */

/**
 * Folds a text at spaces into lines of at most `width` columns. A longer word gets its own line and is not cut, so that a path
 * or an ARN can be copied.
 *
 * @param firstWidth columns of the first line, if it follows other text
 */
export function foldText(text: string, width: number, firstWidth = width): string[] {
  const lines = [''];
  for (const word of text.split(' ')) {
    const line = lines.at(-1) ?? '';
    const room = lines.length === 1 ? firstWidth : width;
    const longer = line === '' ? word : `${line} ${word}`;
    // A word that is too long for any line goes into an empty one.
    const isWhole = widthOf(longer) <= room || (line === '' && room >= width);
    if (isWhole) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}

const wide =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\p{Emoji_Presentation}]/u;

/** The number of terminal columns of a text, for the characters that logs may contain. */
export function widthOf(text: string): number {
  let width = 0;
  for (const character of text) width += /\p{M}/u.test(character) ? 0 : wide.test(character) ? 2 : 1;
  return width;
}

/** Cuts a text to as many columns; the last one then shows that something is missing. */
export function cutText(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  let line = '';
  for (const character of text) {
    if (widthOf(`${line}${character}`) > width - 1) break;
    line += character;
  }
  return `${line}…`;
}
