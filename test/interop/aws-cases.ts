/** The program against AWS services of another maker, in chains from end to end. */
import { backfillFromMoto } from './backfill.js';
import { conformOnMoto } from './conform-on-moto.js';
import { evaluateTerraform } from './evaluate-terraform.js';
import { followKcl3, shareWithKcl2 } from './kcl/mixed-fleet.js';
import { deliverUnderKcl } from './kcl/under-kcl.js';
import { deliverOnLambda } from './lambda/on-lambda.js';
import { lintTemplates } from './lint-templates.js';
import type { Case } from './report.js';
import { createPrintedStack, lookUpFormats, setUpChain } from './setup-chain.js';

export const awsCases: readonly Case[] = [
  { name: 'setup, log group, filter, stream and receiver through moto', run: setUpChain },
  { name: 'setup --print cloudformation, created in moto, and the same chain on it', run: createPrintedStack },
  { name: 'setup --print cloudformation, read by cfn-lint', run: lintTemplates },
  { name: 'setup --print terraform, evaluated by Terraform', isOptional: true, run: evaluateTerraform },
  { name: 'formats looked up in moto', run: lookUpFormats },
  { name: 'backfill from moto', run: backfillFromMoto },
  { name: 'a Lambda function under the runtime client of AWS', run: deliverOnLambda },
  { name: 'kcl under the MultiLangDaemon of KCL 2.5.4', run: () => deliverUnderKcl('2.5.4') },
  { name: 'kcl under the MultiLangDaemon of KCL 3.1.3', run: () => deliverUnderKcl('3.1.3') },
  { name: 'a fleet that shares its table with KCL 2.5.4', run: shareWithKcl2 },
  { name: 'a fleet before and after KCL 3.1.3', run: followKcl3 },
  { name: 'the lease table on moto', run: conformOnMoto },
];
