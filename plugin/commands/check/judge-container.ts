/** Judges whether the container's credential endpoint is verified. The SDK calls it over its own connection. */
import type { CheckResult } from './check-result.js';

/** @returns undefined if nothing is wrong, or if the environment itself contains the credentials */
export function judgeContainer(env: Readonly<Record<string, string | undefined>>): CheckResult | undefined {
  const { AWS_PROFILE, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, NODE_TLS_REJECT_UNAUTHORIZED } = env;
  const { AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: relative, AWS_CONTAINER_CREDENTIALS_FULL_URI: full = '' } = env;
  const isElsewhere = relative || (!AWS_PROFILE && AWS_ACCESS_KEY_ID && AWS_SECRET_ACCESS_KEY);
  if (NODE_TLS_REJECT_UNAUTHORIZED !== '0' || isElsewhere || !/^https:/i.test(full.trim())) return undefined;
  return {
    name: 'credentials',
    status: 'warn',
    message:
      'NODE_TLS_REJECT_UNAUTHORIZED=0 also applies to AWS_CONTAINER_CREDENTIALS_FULL_URI: a server that answers in its place gets its token and chooses the credentials',
    advice: 'unset NODE_TLS_REJECT_UNAUTHORIZED, and name the authority of the service in NODE_EXTRA_CA_CERTS',
  };
}
