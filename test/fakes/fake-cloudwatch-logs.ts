/**
 * A CloudWatch Logs that follows the rules of AWS, over HTTP, so that a test uses the real SDK. The test fills its log groups
 * by method calls and scripts its faults. A reader sees an ordinary service.
 *
 *     const logs = await startFakeCloudWatchLogs({ clock });
 *     logs.createLogGroup('/aws/vpc/flow-logs');
 *     logs.put('/aws/vpc/flow-logs', 'eni-1-all', [{ timestamp: 1_700_000_000_000, message: '2 1234...' }]);
 *     logs.fail({ operation: 'FilterLogEvents', times: 3, error: { code: 'ThrottlingException' } });
 *     new CloudWatchLogsClient({ endpoint: logs.endpoint, region: logs.region, credentials: logs.credentials });
 *     await logs.stop();
 *
 * An operation is a function in `operations`, from the JSON of a request to the JSON of its response. It throws a
 * `FakeServiceError` to reject the request. Operations other than FilterLogEvents can be added there. Times come from the clock
 * of the fake, which does not check signatures.
 */
import type { Clock } from '../../src/clock.js';
import { createRandom } from '../fixtures/random.js';
import { type FakeLogEvent, type FilterRules, filterLogEvents } from './fake-filter-log-events.js';
import { FakeServiceError } from './fake-kinesis-error.js';
import { type FaultRule, FaultScript } from './fake-kinesis-script.js';
import { type FakeReply, type FakeRequest, FakeServer } from './fake-kinesis-server.js';

type Json = Record<string, unknown>;

export type FakeOperation = (input: Json) => Json;

export interface FakeCloudWatchLogsOptions {
  readonly clock: Pick<Clock, 'now'>;
  readonly seed?: number;
}

export interface FakeLogGroup {
  readonly name: string;
  readonly arn: string;
  readonly createdMs: number;
  readonly events: FakeLogEvent[];
}

/** One request with its outcome, in the order of arrival. */
export interface LoggedLogsRequest {
  readonly operation: string;
  readonly input: Json;
  readonly atMs: number;
  /** `ok`, the code of an error, or the name of a scripted fault. */
  readonly outcome: string;
}

export async function startFakeCloudWatchLogs(options: FakeCloudWatchLogsOptions): Promise<FakeCloudWatchLogs> {
  const logs = new FakeCloudWatchLogs(options);
  await logs.comeBack();
  return logs;
}

/** Limit of FilterLogEvents for an account in a region; AWS does not raise it. */
const filtersPerSecond = 5;

export class FakeCloudWatchLogs {
  readonly region = 'us-east-1';
  readonly accountId = '123456789012';
  readonly credentials = { accessKeyId: 'fake', secretAccessKey: 'fake' };
  readonly rules: FilterRules & {
    /** Whether the rate limits of AWS apply. They are off by default, so that a test does not wait for them. */
    isThrottling: boolean;
  } = { eventsPerPage: 10_000, emptyShare: 0, repeatShare: 0, isThrottling: false };
  readonly groups = new Map<string, FakeLogGroup>();
  readonly operations = new Map<string, FakeOperation>();
  readonly requests: LoggedLogsRequest[] = [];
  readonly #clock: Pick<Clock, 'now'>;
  readonly #random: () => number;
  readonly #script: FaultScript;
  readonly #server: FakeServer;
  #filterMs: number[] = [];
  #events = 0n;

  constructor({ clock, seed = 1 }: FakeCloudWatchLogsOptions) {
    const now = () => clock.now();
    this.#clock = clock;
    this.#random = createRandom(seed);
    this.#script = new FaultScript(this.#random);
    this.#server = new FakeServer({ answer: (request) => this.#answer(request), now });
    this.operations.set('FilterLogEvents', (input) => this.#filter(input));
  }

  get endpoint(): string {
    return this.#server.endpoint;
  }

  /** The client's port of each connection, in the order of arrival. */
  get peerPorts(): readonly number[] {
    return this.#server.peerPorts;
  }

  createLogGroup(name: string): FakeLogGroup {
    const arn = `arn:aws:logs:${this.region}:${this.accountId}:log-group:${name}`;
    const group = { name, arn, createdMs: this.#clock.now(), events: [] };
    this.groups.set(name, group);
    return group;
  }

  /** The group that a request names, by name or by ARN. Rejects the request as AWS does. */
  group({ logGroupName, logGroupIdentifier }: Json): FakeLogGroup {
    if ((logGroupName === undefined) === (logGroupIdentifier === undefined)) {
      throw new FakeServiceError('InvalidParameterException', 'One of logGroupName and logGroupIdentifier is needed.');
    }
    const named = String(logGroupName ?? logGroupIdentifier);
    const group = [...this.groups.values()].find(({ name, arn }) => name === named || arn === named);
    if (!group) throw new FakeServiceError('ResourceNotFoundException', 'The specified log group does not exist.');
    return group;
  }

  /** Adds events to a log stream of an existing group, as PutLogEvents does, and returns them with their ids. */
  put(
    groupName: string,
    logStreamName: string,
    events: readonly { readonly timestamp: number; readonly message: string }[],
    ingestionTime = this.#clock.now(),
  ): readonly FakeLogEvent[] {
    const taken = events.map(({ timestamp, message }) => {
      const eventId = String((BigInt(timestamp) << 144n) + this.#events++).padStart(56, '0');
      return { eventId, logStreamName, timestamp, ingestionTime, message };
    });
    this.group({ logGroupName: groupName }).events.push(...taken);
    return taken;
  }

  fail(rule: FaultRule): void {
    this.#script.add(rule);
  }

  /** Ends all scripted faults; requests that hang continue to hang. */
  mend(): void {
    this.#script.clear();
  }

  requestsOf(operation: string): readonly LoggedLogsRequest[] {
    return this.requests.filter((request) => request.operation === operation);
  }

  /** Refuses connections until `comeBack`, which listens on the same address. */
  async goAway(): Promise<void> {
    await this.#server.stop();
  }

  async comeBack(): Promise<void> {
    await this.#server.start();
  }

  async stop(): Promise<void> {
    await this.#server.stop();
  }

  #answer({ operation, input }: FakeRequest): FakeReply {
    const log = (outcome: string) => this.requests.push({ operation, input, atMs: this.#clock.now(), outcome });
    const fault = this.#script.take(operation, undefined);
    try {
      if (typeof fault === 'object' && 'code' in fault) {
        throw new FakeServiceError(fault.code, fault.message, fault.status);
      }
      if (typeof fault === 'object') {
        log('stranger');
        return { status: fault.status ?? 200, body: fault.body, type: 'text/html' };
      }
      if (fault === 'reset' || fault === 'hang' || fault === 'stall') {
        log(fault);
        return fault;
      }
      if (fault === 'not-json') {
        log(fault);
        return { status: 502, body: '<html>Bad gateway</html>', type: 'text/html' };
      }
      const run = this.operations.get(operation);
      if (!run) throw new FakeServiceError('UnknownOperationException');
      const output = run(input);
      log('ok');
      return { status: 200, body: JSON.stringify(output) };
    } catch (error) {
      const isRefusal = error instanceof FakeServiceError;
      const { code, message, status } = isRefusal ? error : new FakeServiceError('InternalFailure', String(error), 500);
      log(code);
      return { status, body: JSON.stringify({ __type: code, message }) };
    }
  }

  #filter(input: Json): Json {
    const nowMs = this.#clock.now();
    this.#filterMs = this.#filterMs.filter((atMs) => nowMs - atMs < 1000);
    if (this.rules.isThrottling && this.#filterMs.length >= filtersPerSecond) {
      throw new FakeServiceError('ThrottlingException', 'Rate exceeded');
    }
    this.#filterMs.push(nowMs);
    const { events } = this.group(input);
    return filterLogEvents(input, events, { rules: this.rules, random: this.#random, nowMs });
  }
}
