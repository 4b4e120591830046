/** `setup` in the process of the test, with the options that the command line has by default. */
import { type SetupOptions, setupCommand } from '../../../../plugin/commands/setup/setup.js';

export interface SetupRun {
  readonly code: number;
  readonly stdout: string;
  /** Messages, each on a line. */
  readonly stderr: string;
}

export async function runSetup(options: Pick<SetupOptions, 'manifest'> & Partial<SetupOptions>): Promise<SetupRun> {
  let [stdout, stderr] = ['', ''];
  const code = await setupCommand({
    isAgreed: false,
    logGroups: [],
    shards: undefined,
    roleArn: undefined,
    filterName: 'kinesis-snare',
    distribution: 'by-log-stream',
    filtersPerGroup: 2,
    write: (text) => {
      stdout += text;
    },
    diagnostics: {
      log: (_level, message) => {
        stderr += `${message}\n`;
      },
    },
    ...options,
  });
  return { code, stdout, stderr };
}
