/** A transport of winston that holds infos until it is opened, so that its logger has to buffer. */
import winston from 'winston';

/**
 *     const { gate, open } = createGate();
 *     const logger = winston.createLogger({ transports: [gate, transport] });
 *     step();                                 // takes one info more
 */
export function createGate({ highWaterMark = 16 } = {}) {
  const gate = new winston.transports.Stream({ stream: process.stdout, silent: true, highWaterMark } as never);
  const held: (() => void)[] = [];
  let isOpen = false;
  gate._write = (_info: unknown, _encoding: unknown, callback: () => void) => {
    if (isOpen) callback();
    else held.push(callback);
  };
  Object.defineProperty(gate, '_writev', { value: null });
  const step = () => held.shift()?.();
  const open = () => {
    isOpen = true;
    for (const callback of held.splice(0)) callback();
  };
  return { gate, open, step };
}
