/** Resolves the host name of a receiver like the operating system. */
import type { LookupAddress } from 'node:dns';
import { lookup } from 'node:dns/promises';
import type { LookupFunction } from 'node:net';
import { sharePending } from './share-pending.js';

/** All addresses of a name, in the order in which to try them; at least one. */
export type LookUp = (host: string) => Promise<readonly LookupAddress[]>;

export const lookUpAddresses: LookUp = sharePending((host) => lookup(host, { all: true }));

/** In the form that a socket takes. */
export function toLookupFunction(lookUp: LookUp): LookupFunction {
  return (host, { all }, callback) => {
    lookUp(host).then(
      (found) => {
        const [first] = found;
        if (all) callback(null, [...found]);
        else callback(null, first?.address ?? '', first?.family);
      },
      (error: NodeJS.ErrnoException) => callback(error, ''),
    );
  };
}
