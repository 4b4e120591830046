/**
 * A backfill from moto's CloudWatch Logs, killed on the way and resumed, to a TCP receiver: what PutLogEvents took is what
 * comes out, once but for what was unconfirmed at the kill.
 */
import { writeManifest } from '../end-to-end/command.js';
import { findMissing, toMessages } from '../end-to-end/flow-logs.js';
import { logGroupName, onMoto, putLogs, start } from './on-moto.js';

const streams = 3;
/** More than a page of FilterLogEvents holds. */
const perStream = 5000;
const count = streams * perStream;

/** Resolves with what it counted; rejects when something is missing, or with an `UnavailableError` without moto. */
export async function backfillFromMoto(): Promise<string> {
  return onMoto(async ({ moto, receiver, logs, folder }) => {
    // Moto, like AWS, takes no events of long ago. Flow logs have whole seconds.
    const startMs = Math.floor(Date.now() / 1000) * 1000 - 24 * 3_600_000;
    for (let stream = 0; stream < streams; stream++) {
      const from = stream * perStream;
      await putLogs(logs, `eni-${stream}-all`, toMessages(`${stream}`, from, from + perStream, startMs), perStream);
    }
    const { endpoint, region } = moto;
    const input = { stream: 'none', region, endpoint, logsEndpoint: endpoint, checkpointIntervalMs: 0 };
    const output = { type: 'tcp', host: receiver.host, port: receiver.port, rotateMs: 100, confirmHoldMs: 50 };
    const manifest = await writeManifest(folder, { input, output: { ...output, maxBufferedRecords: 1000 } });
    const times = [startMs, startMs + 23 * 3_600_000].map((ms) => new Date(ms).toISOString());
    const args = ['backfill', '--manifest', manifest, '--log-group', logGroupName];
    const run = () => start(moto, [...args, '--from', `${times[0]}`, '--to', `${times[1]}`]);

    const killed = run();
    // The second page is under way, and the first one is confirmed.
    await receiver.whenLines(count - 1000);
    killed.child.kill('SIGKILL');
    await killed.ended;
    const { code, stderr } = await run().ended;
    if (code !== 0) throw new Error(`The backfill ended with ${code}: ${stderr}`);
    const missing = findMissing(receiver.lines, count);
    if (missing.length > 0) throw new Error(`${missing.length} of ${count} flow logs are missing: ${stderr}`);
    return `${count} flow logs, 0 missing, ${receiver.lines.length - count} came twice after a kill`;
  });
}
