/**
 * The rate of acks. Acks arrive in bursts, one for each connection that ended cleanly, so the rate is measured from the end of
 * one burst to the end of a later one.
 */
import type { Timing } from './measure-steps.js';

interface Burst {
  /** Flow logs that were acked up to the end of the burst. */
  flows: number;
  ms: number;
  cpuMs: number;
  readonly firstMs: number;
}

/** Acks with shorter gaps belong to one burst. */
const burstMs = 20;
/** Acks that never pause are cut into bursts of this length: without a second one, the measurement would not end. */
const longestBurstMs = 250;

export class Acknowledgements {
  readonly #warmUpMs: number;
  readonly #measureMs: number;
  #flows = 0;
  readonly #bursts: Burst[] = [];

  constructor(warmUpMs: number, measureMs: number) {
    this.#warmUpMs = warmUpMs;
    this.#measureMs = measureMs;
  }

  add(flows: number): void {
    this.#flows += flows;
    const { user, system } = process.cpuUsage();
    const now = { flows: this.#flows, ms: performance.now(), cpuMs: (user + system) / 1000 };
    const last = this.#bursts.at(-1);
    const isSame = last && now.ms - last.ms < burstMs && now.ms - last.firstMs < longestBurstMs;
    if (isSame) Object.assign(last, now);
    else this.#bursts.push({ ...now, firstMs: now.ms });
  }

  get isEnough(): boolean {
    const { first, last } = this.#ends();
    return first !== undefined && last !== undefined && last.cpuMs - first.cpuMs >= this.#measureMs;
  }

  timing(): Timing {
    const { first, last } = this.#ends();
    if (!first || !last || first === last) throw new Error('Nothing was acknowledged');
    const flows = last.flows - first.flows;
    return {
      nsPerFlow: ((last.ms - first.ms) * 1e6) / flows,
      cpuNsPerFlow: ((last.cpuMs - first.cpuMs) * 1e6) / flows,
    };
  }

  #ends() {
    return { first: this.#bursts.find(({ cpuMs }) => cpuMs >= this.#warmUpMs), last: this.#bursts.at(-1) };
  }
}
