/** What a Lambda function imports, from `kinesis-snare/lambda`. */
export type { SettingsOverrides } from '../../src/settings/overrides.js';
export { ConfigurationError } from '../errors.js';
export { createHandler } from './create-handler.js';
export type {
  KinesisBatchEvent,
  KinesisBatchHandler,
  KinesisBatchResponse,
  KinesisEventRecord,
  LambdaContext,
} from './kinesis-event.js';
