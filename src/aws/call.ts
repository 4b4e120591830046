/**
 * Credentials that AWS no longer takes are asked for again before the next call. By itself the SDK does so only where it was
 * given the time at which they end, which a credentials file that another program renews does not say.
 */
import { abortable } from '../waiters.js';

/** What AWS answers to credentials that have ended or were replaced. */
const staleCodes: ReadonlySet<string> = new Set([
  'ExpiredToken',
  'ExpiredTokenException',
  'UnrecognizedClientException',
  'InvalidClientTokenId',
  'InvalidSignatureException',
  // Of EC2.
  'AuthFailure',
  'RequestExpired',
]);

/** The SDK's default chain takes these from the client: files are read again, not remembered from the first time. */
export const chainSettings = { ignoreCache: true };

/**
 * Makes a call; its rejections are what `toError` makes of them. It rejects at once when the signal aborts, whatever the SDK
 * waits for by then: it hands the signal to its connection only, not to what gives the credentials.
 */
export type Call = <Result>(request: () => Promise<Result>, signal: AbortSignal | undefined) => Promise<Result>;

/**
 * @param refresh asks for the credentials again; a rejection is that of the call
 * @param toError gives an error of the service the form that its callers know
 */
export function createCall(
  refresh: () => Promise<unknown>,
  toError: (error: unknown) => Error & { readonly code: string },
): Call {
  let isStale = false;
  return async (request, signal) => {
    const attempt = async () => {
      if (isStale) await refresh();
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
