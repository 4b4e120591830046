/** Pages of a list: each response names the next one by a token, until one names none. */

/** The list has no end. The caller may retry: a cache on the way may have answered in place of AWS. */
export class EndlessPagesError extends Error {
  override readonly name = 'EndlessPagesError';
}

/** A page holds up to 1,000 entries, so no list of AWS comes near. */
const maxPages = 1_000;

/**
 * Asks for all pages in turn. Throws an `EndlessPagesError` when a token comes a second time, or after a thousand pages.
 *
 * @param operation for the error, such as `ListShards`
 * @param ask gets undefined for the first page
 */
export async function* readPages<Page>(
  operation: string,
  ask: (token: string | undefined) => Promise<Page>,
  tokenOf: (page: Page) => string | undefined,
): AsyncGenerator<Page> {
  const seen = new Set<string>();
  for (let token: string | undefined; ; ) {
    const page = await ask(token);
    yield page;
    token = tokenOf(page);
    if (!token) return;
    if (seen.has(token)) throw repeatedToken(operation, token);
    if (seen.size >= maxPages) throw new EndlessPagesError(`${operation} does not end after ${maxPages} pages`);
    seen.add(token);
  }
}

export function repeatedToken(operation: string, token: string): EndlessPagesError {
  const shown = JSON.stringify(token.slice(0, shownCharacters));
  const message = `${operation} names the page ${shown} again and again, so its list has no end; check for a proxy or a cache on the way to AWS`;
  return new EndlessPagesError(message);
}

const shownCharacters = 40;

/** Rounds without anything new. AWS names the same page a few times in a row while it searches. */
const maxRounds = 300;

/**
 * Watches the tokens of a list that is too long to remember them all. It keeps one token at a time, each for twice as many
 * pages as the one before, and so finds a circle of any length (Brent's algorithm).
 */
export class TokenWatch {
  #kept: string | undefined;
  #pages = 0;
  #pagesToKeep = 1;
  #rounds = 0;

  /**
   * Call for each page that names a next one.
   *
   * @param isNew the page has something that no page before it had
   * @returns true when the tokens go in a circle
   */
  isCircle(token: string, isNew: boolean): boolean {
    if (isNew) this.#rounds = 0;
    if (token === this.#kept) this.#rounds++;
    if (++this.#pages >= this.#pagesToKeep) {
      this.#kept = token;
      this.#pages = 0;
      this.#pagesToKeep *= 2;
    }
    return this.#rounds >= maxRounds;
  }
}
