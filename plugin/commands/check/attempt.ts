/** Makes a call to AWS as a step of a check. Returns its value, or a result that explains the failure. */
import { type AwsCall, explainAwsError, retryWithAwsTime } from '../../../src/aws/explain.js';
import type { CheckResult } from './check-result.js';

export type Attempt<Value> =
  | { readonly value: Value; readonly result?: undefined }
  | { readonly value?: undefined; readonly result: CheckResult };

export async function attempt<Value>(name: string, call: AwsCall, ask: () => Promise<Value>): Promise<Attempt<Value>> {
  try {
    return { value: await retryWithAwsTime(ask) };
  } catch (error) {
    return { result: fail(name, error, call) };
  }
}

export function fail(name: string, error: unknown, call: AwsCall): CheckResult {
  const { message, advice, kind } = explainAwsError(error, call);
  return { name, status: 'fail', message, advice, details: { action: call.action, kind } };
}

export function passPermission(action: string, found: string | undefined): CheckResult {
  const message = found === undefined ? `${action} is allowed` : `${action} is allowed (${found})`;
  return { name: 'permission', status: 'pass', message, details: { action } };
}
