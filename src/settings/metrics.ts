/** The settings of metrics, health and the status page, which are served over HTTP. */
import { z } from 'zod';
import { milliseconds } from './kinds.js';

export const metricsSchema = z.strictObject({
  host: z
    .string()
    .min(1)
    .default('127.0.0.1')
    .describe('Name or address to listen on. An address that other machines can reach requires `allowRemote`.'),
  port: z.int().min(0).max(65_535).default(9464).describe('Port to listen on. 0: any free port.'),
  allowRemote: z
    .boolean()
    .default(false)
    .describe('Lets other machines read the metrics and the status page, which have no password.'),
  confirmLimitMs: milliseconds(1000)
    .default(120_000)
    .describe('Longest time that a line may wait for its confirmation before `/readyz` reports it.'),
});
