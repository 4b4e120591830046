/** Wrong arguments at every public entry: one clear sentence, at once. */
import test from 'ava';
import winston from 'winston';
import {
  ConfigurationError,
  FlowLogInput,
  PluginStartError,
  register,
  SnareTransport,
  snareFormat,
} from '../../plugin/index.js';

const manifest = { id: 'kinesis-snare', config: {} };
const wrong = (value: unknown) => value as never;
const read = async (input: FlowLogInput) => {
  for await (const { ack } of input) ack();
};
const notALogger = /^register expects a logger of winston/;

const cases: readonly (readonly [
  name: string,
  use: () => unknown,
  error: new (...args: never[]) => Error,
  message: RegExp,
])[] = [
  ['register: console', () => register(wrong(console), manifest), TypeError, notALogger],
  ['register: no logger', () => register(wrong(undefined), manifest), TypeError, notALogger],
  ['register: winston itself', () => register(wrong(winston), manifest), TypeError, notALogger],
  ['register: a transport', () => register(wrong(new winston.transports.Console()), manifest), TypeError, notALogger],
  ['register: arguments swapped', () => register(wrong('./m.json'), winston.createLogger()), TypeError, notALogger],
  [
    'register: no manifest',
    () => register(winston.createLogger(), wrong(undefined)),
    ConfigurationError,
    /manifest: expected an object, got nothing/,
  ],
  [
    'register: a URL of the web',
    () => register(winston.createLogger(), new URL('https://example.com/manifest.json')),
    ConfigurationError,
    /expected a file URL, got one of "https:"/,
  ],
  [
    'register: overrides that are none',
    () => register(winston.createLogger(), manifest, wrong(null)),
    ConfigurationError,
    /overrides: expected an object, got null/,
  ],
  [
    'SnareTransport: nothing',
    () => new SnareTransport(wrong(undefined)),
    ConfigurationError,
    /^.*\ntype: expected "tcp"/,
  ],
  ['SnareTransport: null', () => new SnareTransport(wrong(null)), ConfigurationError, /type: expected "tcp"/],
  ['SnareTransport: a text', () => new SnareTransport(wrong('tcp')), ConfigurationError, /expected/],
  [
    'SnareTransport: a level that is none',
    () => new SnareTransport(wrong({ type: 'stdout', level: 5 })),
    TypeError,
    /^level has to be the name of a level/,
  ],
  [
    'SnareTransport: a switch that is none',
    () => new SnareTransport(wrong({ type: 'stdout', silent: 'yes' })),
    TypeError,
    /^silent has to be true or false/,
  ],
  [
    'SnareTransport: a format of winston',
    () => new SnareTransport(wrong({ type: 'stdout', format: winston.format.json() })),
    ConfigurationError,
    /format: expected "snare"/,
  ],
  ['snareFormat: null', () => snareFormat(wrong(null)), ConfigurationError, /expected an object, got null/],
  ['snareFormat: a text', () => snareFormat(wrong('json')), ConfigurationError, /expected an object/],
  [
    'snareFormat: an unknown format',
    () => snareFormat(wrong({ format: 'cef' })),
    ConfigurationError,
    /format: expected "snare", "snare-tab", "raw", "syslog" or "json", got "cef"/,
  ],
  ['snareFormat: an unknown option', () => snareFormat(wrong({ fromat: 'json' })), ConfigurationError, /did you mean/],
  ['snareFormat: a criticality', () => snareFormat({ criticality: 9 }), ConfigurationError, /criticality: expected/],
  ['FlowLogInput: no manifest', () => read(new FlowLogInput(wrong(undefined))), ConfigurationError, /got nothing/],
  ['FlowLogInput: no input', () => read(new FlowLogInput(manifest)), PluginStartError, /set input/],
  [
    'FlowLogInput: an unknown event',
    () => new FlowLogInput(manifest).on(wrong('falut'), () => {}),
    TypeError,
    /^There is no event "falut"; did you mean "fault"\?/,
  ],
];

for (const [name, use, error, message] of cases) {
  test(`a wrong argument is an error that says what is expected: ${name}`, async (t) => {
    await t.throwsAsync(async () => use(), { instanceOf: error, message });
  });
}

test('an event that there is not is refused, with the one that was meant', async (t) => {
  const plugin = await register(winston.createLogger(), manifest);
  t.throws(() => plugin.on(wrong('dead-leter'), () => {}), { instanceOf: TypeError, message: /"dead-letter"/ });
  t.throws(() => plugin.on(wrong('nothing of the kind'), () => {}), { message: /known are fault, recovered/ });
  t.throws(() => plugin.on('fault', wrong('no function')), { message: /listener/ });
  t.notThrows(() => plugin.on('fault', () => {}));
});

test('a plugin that was stopped cannot start again, and says so', async (t) => {
  const plugin = await register(winston.createLogger(), manifest);
  await plugin.start();
  await plugin.stop();
  await t.throwsAsync(plugin.start(), { instanceOf: PluginStartError, message: /was stopped/ });
  const never = await register(winston.createLogger(), manifest);
  await never.stop();
  await t.throwsAsync(never.start(), { instanceOf: PluginStartError, message: /was stopped/ });
});

test('a start that failed gives the same error again', async (t) => {
  const logger = winston.createLogger();
  const plugin = await register(logger, { ...manifest, config: { input: { stream: 's', region: 'us-east-1' } } });
  const error = await t.throwsAsync(plugin.start(), { instanceOf: PluginStartError, message: /set output/ });
  t.is(await t.throwsAsync(plugin.start()), error);
});

test('a logger that has ended is refused at the start', async (t) => {
  const logger = winston.createLogger();
  const config = { input: { stream: 's', region: 'us-east-1' }, output: { type: 'stdout' } };
  const plugin = await register(logger, { ...manifest, config });
  logger.on('error', () => {});
  logger.end();
  await t.throwsAsync(plugin.start(), { instanceOf: PluginStartError, message: /The logger has ended/ });
});
