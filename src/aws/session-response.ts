/** Checks the response of STS to AssumeRole. The SDK itself reports a response without a session as missing credentials. */
import { type AwsOutput, requireFields } from './response.js';

interface SessionOutput extends AwsOutput {
  readonly Credentials?: {
    readonly AccessKeyId?: string;
    readonly SecretAccessKey?: string;
    readonly SessionToken?: string;
    readonly Expiration?: Date;
  };
}

type Next = (args: object) => Promise<{ readonly output: unknown }>;
interface Stack {
  add(middleware: (next: Next) => Next, options: object): void;
}

/** Middleware for the STS client; it may be applied more than once. */
export const requireSession = {
  applyToStack(stack: unknown): void {
    const check = (next: Next) => async (args: object) => {
      const result = await next(args);
      const output = result.output as SessionOutput;
      const wanted = {
        AccessKeyId: 'text',
        SecretAccessKey: 'text',
        SessionToken: 'text',
        Expiration: 'date',
      } as const;
      requireFields(output, output.Credentials, wanted);
      return result;
    };
    (stack as Stack).add(check, { step: 'initialize', name: 'requireSession', override: true });
  },
};
