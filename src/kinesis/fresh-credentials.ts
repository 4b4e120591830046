/**
 * Credentials that AWS no longer takes are asked for again before the next call. By itself the SDK does so only where it was
 * told when they end, which a credentials file that another program renews does not say.
 */
import { toKinesisError } from './kinesis-error.js';

/** What AWS answers to credentials that have ended or were replaced. */
const staleCodes: ReadonlySet<string> = new Set([
  'ExpiredToken',
  'ExpiredTokenException',
  'UnrecognizedClientException',
  'InvalidClientTokenId',
  'InvalidSignatureException',
]);

/** Makes a call; its rejections are `KinesisError`s. */
export type Call = <Result>(request: () => Promise<Result>) => Promise<Result>;

/** @param refresh asks for the credentials again; a rejection is that of the call */
export function createCall(refresh: () => Promise<unknown>): Call {
  let isStale = false;
  return async (request) => {
    try {
      if (isStale) await refresh();
      isStale = false;
      return await request();
    } catch (error) {
      const fault = toKinesisError(error);
      isStale ||= staleCodes.has(fault.code);
      throw fault;
    }
  };
}
