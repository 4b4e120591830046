/** The conformance of the lease table on the DynamoDB of moto. */
import { checkConformance } from '../lease/table.contract.js';
import { startMoto } from './moto.js';

/** Resolves with what was compared. */
export async function conformOnMoto(): Promise<string> {
  const moto = await startMoto();
  try {
    const { made, refused } = await checkConformance(moto, 500);
    const sum = (counts: Readonly<Record<string, number>>) => Object.values(counts).reduce((all, one) => all + one, 0);
    return `${sum(made)} conditional writes made and ${sum(refused)} refused, each as the rules say`;
  } finally {
    await moto.stop();
  }
}
