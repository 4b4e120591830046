/**
 * Where the AWS credentials come from: the places that all AWS SDKs know, in their order. The first configured place decides.
 * If it fails, no other is tried, since that may be another identity. Network requests use the proxy and the region of the
 * input, except to the metadata services of the machine.
 */
import type { NodeHttpHandler } from '@smithy/node-http-handler';
import { describeError } from '../faults.js';
import { silentLogger } from './agents.js';
import { accountOf } from './arn.js';
import { CredentialsError, type CredentialsProvider, type Identity, type IdentityRequest } from './credentials.js';
import { describeStranger, nameAwsError } from './error.js';
import { requireSession } from './session-response.js';

/** An IAM role to assume. */
export interface AssumedRole {
  readonly arn: string;
  readonly externalId?: string | undefined;
}

export interface ProviderOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly requestHandler: NodeHttpHandler;
  /** If undefined, the client that requests credentials decides, and then the AWS environment. */
  readonly region: string | undefined;
}

/** The SDK's own name for missing credentials. */
const noCode = 'CredentialsProviderError';

type Profile = Readonly<Record<string, string | undefined>>;
/** A provider in the shape of the SDK. */
type Ask = (request: never) => Promise<Identity>;

/** Resolves with the first configured place; rejects with a `CredentialsError` if there is none. */
export async function findProvider(options: ProviderOptions): Promise<CredentialsProvider> {
  const { env } = options;
  const { AWS_PROFILE, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY } = env;
  const sdk = await import('@aws-sdk/credential-providers');
  if (!AWS_PROFILE && AWS_ACCESS_KEY_ID && AWS_SECRET_ACCESS_KEY) return provide('AWS_ACCESS_KEY_ID', sdk.fromEnv());
  const { parseKnownFiles } = await import('@smithy/core/config');
  const profileName = AWS_PROFILE || 'default';
  const profile = (await parseKnownFiles({ ignoreCache: true }))[profileName];
  let status: number | undefined;
  const requestHandler = noteStatus(options.requestHandler, (latest) => {
    status = latest;
  });
  const init = createInit(sdk, { ...options, requestHandler });
  if (profile && sources.some((key) => profile[key])) {
    return provide(
      `the profile "${profileName}"`,
      sdk.fromIni({ ...init, profile: profileName }),
      toProfileCode(profile),
      () => status,
    );
  }
  if (env.AWS_WEB_IDENTITY_TOKEN_FILE && env.AWS_ROLE_ARN) {
    return provide('AWS_WEB_IDENTITY_TOKEN_FILE', sdk.fromTokenFile(init));
  }
  if (env.AWS_CONTAINER_CREDENTIALS_RELATIVE_URI || env.AWS_CONTAINER_CREDENTIALS_FULL_URI) {
    // Created within the attempt, since the SDK rejects a wrong URL at once. It has no time limit of its own, which it would
    // report on standard error; the limit of the attempt applies.
    const ask = async () => sdk.fromHttp({ logger: silentLogger, maxRetries: 0, timeout: 0 })();
    return provide("the container's credentials endpoint", ask);
  }
  const { AWS_EC2_METADATA_DISABLED = 'false' } = env;
  if (AWS_EC2_METADATA_DISABLED === 'false' || AWS_EC2_METADATA_DISABLED === '') {
    const service = provide(
      'the instance metadata service',
      sdk.fromInstanceMetadata({ logger: silentLogger }),
      toMetadataCode,
    );
    const ask = async (request: IdentityRequest) => {
      try {
        return await service.ask(request);
      } catch (error) {
        const isSetUp = error instanceof CredentialsError && error.code !== noCode;
        throw isSetUp ? error : nothingFound(AWS_PROFILE, profile);
      }
    };
    return { name: service.name, ask };
  }
  throw nothingFound(AWS_PROFILE, profile);
}

/** Assumes a role with the credentials of another place. */
export function assumeRole(
  { arn, externalId }: AssumedRole,
  base: CredentialsProvider,
  options: ProviderOptions,
): CredentialsProvider {
  const params = { RoleArn: arn, RoleSessionName: 'kinesis-snare', ...(externalId && { ExternalId: externalId }) };
  const name = `the role "${arn}"`;
  return {
    name: `${name}, assumed with those of ${base.name}`,
    async ask(request) {
      const source = await base.ask(request);
      const { fromTemporaryCredentials } = await import('@aws-sdk/credential-providers');
      const role = { params, masterCredentials: source, ...toRoleClient(options) };
      return provide(name, fromTemporaryCredentials(role)).ask(request);
    },
  };
}

/** Keys of a profile that say where its credentials come from. */
const sources = [
  'aws_access_key_id',
  'role_arn',
  'credential_source',
  'credential_process',
  'sso_session',
  'sso_start_url',
  'login_session',
];

type Sdk = typeof import('@aws-sdk/credential-providers');

function createInit({ fromTemporaryCredentials }: Sdk, options: ProviderOptions) {
  const { region: _, ...clientConfig } = toClientConfig(options);
  return {
    ignoreCache: true,
    logger: silentLogger,
    // No region here: it would override that of an SSO session.
    clientConfig,
    // For providers that `clientConfig` does not reach, and the region of the others.
    parentClientConfig: toClientConfig(options),
    // The SDK's own assumer would prefer the region of the profile.
    roleAssumer: async (source: Identity, params: { readonly RoleArn?: string | undefined }) => {
      const role = { params: params as never, masterCredentials: source, ...toRoleClient(options) };
      const accountId = accountOf(params.RoleArn);
      return { ...(await fromTemporaryCredentials(role)()), ...(accountId && { accountId }) };
    },
  };
}

/** The options of every STS client. */
function toRoleClient(options: ProviderOptions) {
  return { clientConfig: toClientConfig(options), clientPlugins: [requireSession] };
}

function toClientConfig({ requestHandler, region }: ProviderOptions) {
  // One attempt: the caller decides when to retry.
  return { requestHandler, maxAttempts: 1, logger: silentLogger, ...(region !== undefined && { region }) };
}

/**
 * @param ask a provider of the SDK
 * @param toCode the code of an error that the SDK gives no name of its own
 * @param lastStatus the status of the latest response: the SDK keeps only the text of an error of SSO
 */
function provide(
  name: string,
  ask: unknown,
  toCode = toProviderCode,
  lastStatus = (): number | undefined => undefined,
): CredentialsProvider {
  return {
    name,
    async ask(request) {
      try {
        return await (ask as Ask)(request as never);
      } catch (error) {
        const named = nameAwsError(error);
        const code = isProviderError(error) ? toCode(error) : named.code;
        const status = isProviderError(error) && isNameless.test(error.message) ? lastStatus() : undefined;
        const reason =
          status !== undefined
            ? describeStranger(status)
            : code.startsWith('HTTP')
              ? named.message
              : describeError(error);
        const message = `The AWS credentials of ${name} could not be obtained: ${withoutCommand(reason)}`;
        throw new CredentialsError(code, message, isCommand.test(reason) ? undefined : { cause: error });
      }
    },
  };
}

/** The SDK's message for a response that names no error, which AWS did not send. */
const isNameless = /^(Error: )?Unknown(Error)?(: Unknown(Error)?)?$/;

function noteStatus(handler: NodeHttpHandler, note: (status: number) => void): NodeHttpHandler {
  const noting: NodeHttpHandler = Object.create(handler);
  noting.handle = async (...args) => {
    const result = await handler.handle(...args);
    note(result.response.statusCode);
    return result;
  };
  return noting;
}

function isProviderError(error: unknown): error is Error {
  return error instanceof Error && /^(Credentials|Token)?ProviderError$|^InstanceMetadataV1/.test(error.name);
}

/** The SDK turns the fault into a text. A fault that is neither the network nor the remote side has to be fixed by a person. */
const passing =
  /timed? ?out|\bE[A-Z_]{4,}\b|socket hang up|status: (408|429|5\d\d)|throttl|TooManyRequests|Internal|Unavailable|Unknown/i;

function toProviderCode({ message }: Error): string {
  return passing.test(message) ? 'CredentialsUnavailable' : 'CredentialsRefused';
}

/** A command may fail for any reason, and most of these are temporary. */
function toProfileCode(profile: Profile): typeof toProviderCode {
  return profile.credential_process ? () => 'CredentialsUnavailable' : toProviderCode;
}

/** Most machines have no metadata service; it then counts as not configured. */
function toMetadataCode(error: Error & { readonly statusCode?: number }): string {
  return (error.statusCode ?? 0) >= 500 ? 'CredentialsUnavailable' : noCode;
}

const isCommand = /^Command failed: [^\n]*\n?/;

/** The command may contain a secret; what it wrote to standard error may be shown. */
function withoutCommand(reason: string): string {
  if (!isCommand.test(reason)) return reason;
  return `the command failed: ${reason.replace(isCommand, '').trim().slice(0, 300) || 'it printed nothing'}`;
}

function nothingFound(profileName: string | undefined, profile: Profile | undefined): CredentialsError {
  if (!profileName) {
    const looked = 'none in the environment, in the default profile, or from the metadata service of the machine';
    return new CredentialsError(noCode, looked);
  }
  const what = profile
    ? 'which has no credentials'
    : 'which is neither in the config nor in the credentials file of AWS';
  return new CredentialsError('CredentialsRefused', `AWS_PROFILE names the profile "${profileName}", ${what}`);
}
