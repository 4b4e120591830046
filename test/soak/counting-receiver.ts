/** A receiver for more lines than a test can keep: it takes from each the number of its flow log, and forgets the line. */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';

export class CountingReceiver {
  /** How often each flow log came, by its number. */
  readonly times: Uint8Array;
  /** Flow logs that came at least once. */
  arrived = 0;
  readonly #server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (socket) => this.#accept(socket));
  readonly #sockets = new Set<Socket>();
  #isReading = false;

  /** @param flowLogs how many there are; their numbers begin at 0 */
  constructor(flowLogs: number) {
    this.times = new Uint8Array(flowLogs);
  }

  async start(): Promise<number> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return (this.#server.address() as AddressInfo).port;
  }

  /** Until then connections are accepted and never read. */
  beginToRead(): void {
    this.#isReading = true;
    for (const socket of this.#sockets) socket.resume();
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #accept(socket: Socket): void {
    let torn = '';
    this.#sockets.add(socket);
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => {
      const end = text.lastIndexOf('\n') + 1;
      for (const [, number] of (torn + text.slice(0, end)).matchAll(/"BYTES":"(\d+)"/g)) this.#count(Number(number));
      torn = end > 0 ? text.slice(end) : torn + text;
    });
    socket.on('error', () => {});
    socket.on('end', () => socket.end());
    socket.on('close', () => this.#sockets.delete(socket));
    if (this.#isReading) socket.resume();
    else socket.pause();
  }

  #count(number: number): void {
    if (this.times[number] === 0) this.arrived++;
    this.times[number] = Math.min(255, (this.times[number] ?? 0) + 1);
  }
}
