/** A call to AWS about the stream of an input, for the explanation of its errors. */
import { toStreamName } from '../../src/aws/arn.js';
import type { AwsCall } from '../../src/aws/explain.js';
import type { InputSettings } from '../../src/settings/settings.js';

export function toStreamCall({ stream, endpoint }: InputSettings, region: string | undefined, action: string): AwsCall {
  const settings = endpoint === undefined ? 'input.stream, input.region' : 'input.endpoint';
  return { action, resource: `stream "${toStreamName(stream)}"`, region, settings };
}
