/** Reports the outcome of every call that a client of the AWS SDK makes. */
import { nameAwsError } from './error.js';
import type { AwsWatch } from './watch.js';

/** The part of a client that is used here, the same for every service. */
interface WatchedClient {
  readonly middlewareStack: {
    add(middleware: never, options: { readonly step: 'initialize'; readonly name: string }): void;
  };
}

type Next = (args: unknown) => Promise<unknown>;

/**
 * The time of a call includes a wait for credentials, and the whole response.
 *
 * @returns the client
 */
export function watchCalls<Client extends WatchedClient>(client: Client, watch: AwsWatch | undefined): Client {
  if (!watch) return client;
  const middleware =
    (next: Next, { commandName }: { readonly commandName?: string }) =>
    async (args: unknown) => {
      const operation = commandName?.replace(/Command$/, '') ?? 'Unknown';
      const startedMs = watch.clock.monotonic();
      const report = (result: string) => watch.onCall({ operation, result, ms: watch.clock.monotonic() - startedMs });
      try {
        const result = await next(args);
        report('ok');
        return result;
      } catch (error) {
        report(toResult(error));
        throw error;
      }
    };
  client.middlewareStack.add(middleware as never, { step: 'initialize', name: 'watchCalls' });
  return client;
}

/** A proxy may answer with any text as the name of an error; a result becomes a label of a metric. */
const validCode = /^[A-Za-z][A-Za-z0-9_.]{0,63}$|^HTTP \d{3}$/;

function toResult(error: unknown): string {
  if (error instanceof Error && error.name === 'AbortError') return 'aborted';
  const { code } = nameAwsError(error);
  return validCode.test(code) ? code : 'other';
}
