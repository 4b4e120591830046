/** The program against AWS services of another maker, in chains from end to end. */
import { backfillFromMoto } from './backfill.js';
import type { Case } from './report.js';
import { lookUpFormats, setUpChain } from './setup-chain.js';

export const awsCases: readonly Case[] = [
  { name: 'setup, log group, filter, stream and receiver through moto', run: setUpChain },
  { name: 'formats looked up in moto', run: lookUpFormats },
  { name: 'backfill from moto', run: backfillFromMoto },
];
