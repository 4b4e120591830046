/**
 * Credentials for AWS, requested when there are none and before they expire. All callers share one attempt at a time, and each
 * attempt has a time limit. While the old credentials are valid, no call waits for new ones. Where credentials come from is
 * decided elsewhere.
 */
import type { Clock } from '../clock.js';
import { startDeadline } from '../deadline.js';
import { describeError } from '../faults.js';
import { abortable } from '../waiters.js';
import { nameAwsError } from './error.js';
import { withOpenHandles } from './open-handles.js';

/** In the shape of the SDK. */
export interface Identity {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  /** If left out, they are valid until AWS rejects them. */
  readonly expiration?: Date;
  readonly accountId?: string;
}

/** What the SDK passes with a request for credentials. */
export interface IdentityRequest {
  readonly forceRefresh?: boolean;
}

/** One place where credentials come from. */
export interface CredentialsProvider {
  /** Such as `the profile "production"`. */
  readonly name: string;
  ask(request: IdentityRequest): Promise<Identity>;
}

export interface CredentialsOptions {
  /** Finds the place. It is part of each attempt, since the environment of a machine changes. */
  readonly find: () => Promise<CredentialsProvider>;
  readonly clock: Clock;
  /** Aborts when nobody needs credentials any more; an attempt under way is then cancelled. */
  readonly signal?: AbortSignal | undefined;
}

/** The SDK accepts it as a provider of credentials that caches by itself. */
export type Credentials = ((request?: IdentityRequest) => Promise<Identity>) & { memoized?: boolean };

/** Credentials could not be obtained. */
export class CredentialsError extends Error {
  override readonly name = 'CredentialsError';
  /**
   * The name that AWS, the SDK or Node gave the error. Otherwise `CredentialsTimeout` or `CredentialsUnavailable` for a
   * temporary fault, and `CredentialsRefused` for one that a person has to fix.
   */
  readonly code: string;

  constructor(code: string, message: string, options?: { readonly cause: unknown }) {
    super(message, options);
    this.code = code;
  }
}

/** Why a configured place gives no credentials, in a sentence. Undefined for any other error, and if no place is configured. */
export function explainCredentials(error: unknown): string | undefined {
  const { cause } = (error ?? {}) as { readonly cause?: unknown };
  const behind = error instanceof CredentialsError ? error : cause;
  return behind instanceof CredentialsError && behind.code !== 'CredentialsProviderError' ? behind.message : undefined;
}

/** A command that a person confirms on a phone takes a while. The SDK itself has no time limit for some providers. */
const attemptLimitMs = 30_000;
/** Renewal begins when the credentials are valid for no longer than this. */
const renewalMs = 300_000;
/** Pause between two attempts while the old credentials are still valid. */
const renewalPauseMs = 10_000;

export function createCredentials({ find, clock, signal }: CredentialsOptions): Credentials {
  let known: Identity | undefined;
  let running: Promise<Identity> | undefined;
  let renewedMs = Number.NEGATIVE_INFINITY;

  const attempt = async (request: IdentityRequest): Promise<Identity> => {
    using deadline = startDeadline(clock, attemptLimitMs, signal);
    let provider: CredentialsProvider | undefined;
    const work = async () => {
      provider = await find();
      return provider.ask(request);
    };
    try {
      known = await abortable(withOpenHandles(work, deadline.signal), deadline.signal);
      return known;
    } catch (error) {
      if (!deadline.isOver) throw toCredentialsError(error, provider);
      const message = `${describe(provider)} did not respond within ${attemptLimitMs / 1000} s`;
      throw new CredentialsError('CredentialsTimeout', message);
    }
  };
  const ask = (request: IdentityRequest): Promise<Identity> => {
    running ??= attempt(request).finally(() => {
      running = undefined;
    });
    return running;
  };
  const credentials: Credentials = async (request = {}) => {
    if (!known || request.forceRefresh) return ask(request);
    const leftMs = (known.expiration?.getTime() ?? Number.POSITIVE_INFINITY) - clock.now();
    if (leftMs <= 0) return ask(request);
    if (leftMs < renewalMs && clock.monotonic() - renewedMs >= renewalPauseMs) {
      renewedMs = clock.monotonic();
      // If it fails, the first call after the old credentials expire reports the fault.
      ask(request).catch(() => {});
    }
    return known;
  };
  // Otherwise the SDK would cache too, and wait for new credentials while the old ones are still valid.
  credentials.memoized = true;
  return credentials;
}

function toCredentialsError(error: unknown, provider: CredentialsProvider | undefined): CredentialsError {
  if (error instanceof CredentialsError) return error;
  const message = `${describe(provider)} could not be obtained: ${describeError(error)}`;
  return new CredentialsError(nameAwsError(error).code, message, { cause: error });
}

function describe(provider: CredentialsProvider | undefined): string {
  return provider ? `The AWS credentials of ${provider.name}` : 'The AWS credentials';
}
