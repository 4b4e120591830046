/** The deliverer as a user gets it, over TCP or TLS to a receiver on loopback. */
import { systemClock } from '../../src/clock.js';
import type { Deliverer } from '../../src/deliver/deliverer.js';
import { createDeliverer } from '../../src/pipeline/open-output.js';
import { outputSchema } from '../../src/settings/output.js';
import type { OutputSettingsInput } from '../../src/settings/settings.js';
import type { Certificates } from './certificates.js';

/** The hold is the default, 500 ms. The rest is quicker or smaller than by default, so that more happens in less time. */
export function connectDeliverer(port: number, tls?: Certificates): Deliverer {
  const common = {
    host: '127.0.0.1',
    port,
    confirm: 'closed',
    rotateMs: 250,
    reconnectMaxMs: 250,
    maxBufferedBytes: 16 * 1024 * 1024,
  } as const;
  const settings: OutputSettingsInput = tls
    ? { ...common, type: 'tls', tls: { ca: tls.ca } }
    : { ...common, type: 'tcp' };
  return createDeliverer(outputSchema.parse(settings), {
    clock: systemClock,
    random: Math.random,
    // Kills are faults by design.
    onFault: () => {},
    onRecovery: () => {},
    onClosed: () => {},
  });
}
