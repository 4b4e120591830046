/**
 * Credentials that AWS no longer takes are asked for again before the next call. By itself the SDK does so only where it was
 * told when they end, which a credentials file that another program renews does not say.
 */
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

/** Makes a call; its rejections are what `toError` makes of them. */
export type Call = <Result>(request: () => Promise<Result>) => Promise<Result>;

/**
 * @param refresh asks for the credentials again; a rejection is that of the call
 * @param toError gives an error of the service the form that its callers know
 */
export function createCall(
  refresh: () => Promise<unknown>,
  toError: (error: unknown) => Error & { readonly code: string },
): Call {
  let isStale = false;
  return async (request) => {
    try {
      if (isStale) await refresh();
      isStale = false;
      return await request();
    } catch (error) {
      const fault = toError(error);
      isStale ||= staleCodes.has(fault.code);
      throw fault;
    }
  };
}
