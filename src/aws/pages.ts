/** Pages of a list: each response names the next one by a token, until one names none. */
import { EventIds } from '../event-ids.js';

/** The list has no end. The caller may retry: a cache on the way may have answered instead of AWS. */
export class EndlessPagesError extends Error {
  override readonly name = 'EndlessPagesError';
}

/** A page holds up to 1,000 entries, so no AWS list comes near this. */
const maxPages = 1_000;

/**
 * Requests all pages in turn. Throws an `EndlessPagesError` when a token repeats, or after a thousand pages.
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
  const message = `${operation} names the page ${shown} repeatedly, so its list has no end; check for a proxy or a cache between this machine and AWS`;
  return new EndlessPagesError(message);
}

const shownCharacters = 40;

/** Pages in a row without progress. AWS returns the same token a few times in a row while it searches. */
const maxRepeats = 30;

/** The longest cycle that is certainly detected. At the pace of the requests, it covers more than an hour. */
const rememberedTokens = 2 ** 14;

/** Watches the tokens of a list that is too long to remember all of its pages. */
export class TokenWatch {
  readonly #seen = new EventIds(rememberedTokens);
  #repeats = 0;

  /**
   * Call for each page that names a next one.
   *
   * @param isNew the page has something that no page before it had
   * @returns whether the page makes progress: it has something new, or its token is new
   */
  leadsOn(token: string, isNew: boolean): boolean {
    const isOn = this.#seen.add('', token) || isNew;
    this.#repeats = isOn ? 0 : this.#repeats + 1;
    return isOn;
  }

  /** The tokens form a cycle. */
  get isCircle(): boolean {
    return this.#repeats >= maxRepeats;
  }
}
