/**
 * Requests new credentials before the next call when AWS rejects the current ones. The SDK does this only if it knows when the
 * credentials expire, and a credentials file that another program renews does not say so.
 */
import { abortable } from '../waiters.js';

/** What AWS answers when credentials have expired or were replaced. */
const staleCodes: ReadonlySet<string> = new Set([
  'ExpiredToken',
  'ExpiredTokenException',
  'UnrecognizedClientException',
  'InvalidClientTokenId',
  'InvalidSignatureException',
  // EC2 uses this code.
  'AuthFailure',
  'RequestExpired',
]);

/** The client passes these to the SDK's default chain: it reads files again instead of caching them. */
export const chainSettings = { ignoreCache: true };

/**
 * Makes a call; rejects with what `toError` returns. It rejects at once when the signal aborts, whatever the SDK waits for: the
 * SDK passes the signal to its connection only, not to the credentials provider.
 */
export type Call = <Result>(request: () => Promise<Result>, signal: AbortSignal | undefined) => Promise<Result>;

/** A client of the SDK. If it cannot get new credentials, the call rejects. */
export interface CallingClient {
  readonly config: { credentials(request: { readonly forceRefresh: boolean }): Promise<unknown> };
}

/** @param toError converts an error of the service to the form that its callers know */
export function createCall(
  { config }: CallingClient,
  toError: (error: unknown) => Error & { readonly code: string },
): Call {
  let isStale = false;
  return async (request, signal) => {
    const attempt = async () => {
      if (isStale) await config.credentials({ forceRefresh: true });
      isStale = false;
      return request();
    };
    try {
      return await abortable(attempt(), signal);
    } catch (error) {
      const fault = toError(error);
      isStale ||= staleCodes.has(fault.code);
      throw fault;
    }
  };
}
