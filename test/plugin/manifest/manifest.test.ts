/** How settings come together: precedence, merging, paths, what a manifest may be. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { type LoadContext, loadSettings, redact, resolveOutput } from '../../../plugin/manifest/manifest.js';

const id = 'kinesis-snare';
const folder = mkdtempSync(join(tmpdir(), 'kinesis-snare-manifest-'));
test.after.always(() => rmSync(folder, { recursive: true }));

const context = { environment: {}, workingDirectory: folder } satisfies LoadContext;
const load = (config: object, overrides: object = {}, others: LoadContext = {}) =>
  loadSettings({ id, config }, overrides, { ...context, ...others }).settings;
const input = { stream: 's' };

test('defaults fill what nobody gave', (t) => {
  const settings = load({ input, output: { type: 'tcp', host: 'h' } });
  t.is(settings.input?.startAt, 'latest');
  t.deepEqual(settings.input?.formats, []);
  t.is(settings.unparsed, 'generic');
  t.like(settings.output, { type: 'tcp', port: 6161, format: 'snare', confirm: 'closed' });
});

test('without input and output there are none', (t) => {
  const { settings } = loadSettings({ id }, {}, context);
  t.false('input' in settings);
  t.false('output' in settings);
});

test('overrides lie over the host manifest, which lies over the packaged one', (t) => {
  const packaged = {
    id,
    config: { unparsed: 'dead-letter', drainTimeoutMs: 1, delivery: 'direct', input: { stream: 'packaged' } },
  };
  const host = { input: { stream: 'host', idleDelayMs: 300, shardSyncMs: 2000 }, drainTimeoutMs: 2 };
  const settings = load(host, { input: { shardSyncMs: 3000 }, delivery: 'logger' }, { packaged });
  t.is(settings.unparsed, 'dead-letter');
  t.is(settings.drainTimeoutMs, 2);
  t.is(settings.delivery, 'logger');
  t.like(settings.input, { stream: 'host', idleDelayMs: 300, shardSyncMs: 3000 });
});

test('an override that is undefined is not given', (t) => {
  t.is(load({ input, unparsed: 'dead-letter' }, { unparsed: undefined, input: undefined }).unparsed, 'dead-letter');
  t.is(load({ input }, { input: { stream: undefined, region: 'r' } }).input?.stream, 's');
});

test('lists replace', (t) => {
  const host = { input: { stream: 's', formats: ['${version} ${srcaddr}', '${version}'] } };
  t.deepEqual(load(host, { input: { formats: ['${dstaddr}'] } }).input?.formats, ['${dstaddr}']);
  t.deepEqual(load(host, { input: { formats: [] } }).input?.formats, []);
});

test('a changed type replaces its object, the same type merges', (t) => {
  const tcp = { output: { type: 'tcp', host: 'h', port: 7000 } };
  t.deepEqual(load(tcp, { output: { type: 'stdout' } }).output, resolveOutput({ type: 'stdout' }));
  t.like(load(tcp, { output: { type: 'tcp', rotateMs: 50 } }).output, { host: 'h', port: 7000, rotateMs: 50 });
  t.like(load({ output: { host: 'h' } }, { output: { type: 'tcp' } }).output, { host: 'h' });
});

test('an object without a type has that of its default', (t) => {
  const file = { input: { stream: 's', checkpoint: { path: 'c.json' } } };
  t.deepEqual(load(file).input?.checkpoint, { type: 'file', path: join(folder, 'c.json') });
  const memory = { input: { stream: 's', checkpoint: { type: 'memory' } } };
  t.deepEqual(load(file, memory).input?.checkpoint, { type: 'memory' });
  t.deepEqual(load(memory, {}, { packaged: { id, config: file } }).input?.checkpoint, { type: 'memory' });
});

test('what is given again in full is the same', (t) => {
  const settings = load({ input, output: { type: 'file', path: 'a/b' } });
  t.deepEqual(load(settings), settings);
  t.deepEqual(resolveOutput(settings.output, '/elsewhere'), settings.output);
});

test('settings from a class, without a prototype or frozen are settings', (t) => {
  class Own {
    stream = 'own';
  }
  t.is(load({ input: new Own() }).input?.stream, 'own');
  t.is(load({ input: Object.assign(Object.create(null), input) }).input?.stream, 's');
  t.is(load(Object.freeze({ input: Object.freeze({ ...input }) }), { input: { region: 'r' } }).input?.region, 'r');
});

test('neither manifest nor overrides are changed', (t) => {
  const [config, overrides] = [{ input: { stream: 's' } }, { input: { checkpoint: { path: 'x' } } }];
  load(config, overrides);
  t.deepEqual(config, { input: { stream: 's' } });
  t.deepEqual(overrides, { input: { checkpoint: { path: 'x' } } });
});

test('no key reaches a prototype', (t) => {
  const evil = JSON.parse('{"__proto__": {"unparsed": "dead-letter", "polluted": 1}}') as object;
  const error = t.throws(() => load(evil, evil));
  t.regex(error?.message ?? '', /^__proto__: expected a known option/m);
  t.false('polluted' in {});
});

test('$schema is allowed in a manifest and in its settings', (t) => {
  const $schema = './node_modules/kinesis-snare/manifest.json';
  const { settings } = loadSettings({ $schema, id, config: { $schema: '${no}', input } }, { $schema }, context);
  t.false('$schema' in settings);
});

test('paths are relative to the folder of the manifest, in code to the working directory', (t) => {
  mkdirSync(join(folder, 'etc'), { recursive: true });
  const config = { input, output: { type: 'file', path: '../out' }, deadLetter: {} };
  writeFileSync(join(folder, 'etc', 'manifest.json'), JSON.stringify({ id, config }));
  const loadFile = (overrides: object) => loadSettings('etc/manifest.json', overrides, context);

  const { settings, manifestPath } = loadFile({});
  t.is(manifestPath, join(folder, 'etc', 'manifest.json'));
  t.like(settings.output, { path: join(folder, 'out') });
  t.deepEqual(settings.input?.checkpoint, { type: 'file', path: join(folder, 'etc', 'kinesis-snare.checkpoint.json') });
  t.is(settings.deadLetter.path, join(folder, 'etc', 'kinesis-snare.dead-letter.ndjson'));

  const inCode = loadFile({ output: { path: 'out' }, input: { checkpoint: { path: 'c' } } }).settings;
  t.like(inCode.output, { path: join(folder, 'out') });
  t.like(inCode.input?.checkpoint, { path: join(folder, 'c') });
  t.is(loadFile({ deadLetter: { path: '/var/dead' } }).settings.deadLetter.path, '/var/dead');
  t.is(loadFile({ deadLetter: {} }).settings.deadLetter.path, join(folder, 'etc', 'kinesis-snare.dead-letter.ndjson'));
});

test('a manifest given as an object has the working directory as its folder', (t) => {
  const { settings, manifestPath } = loadSettings({ id, config: { input } }, {}, context);
  t.is(manifestPath, undefined);
  t.is(settings.deadLetter.path, join(folder, 'kinesis-snare.dead-letter.ndjson'));
});

test('a path from the environment is relative to the manifest that names it', (t) => {
  mkdirSync(join(folder, 'env'), { recursive: true });
  writeFileSync(join(folder, 'env', 'm.json'), JSON.stringify({ id, config: { deadLetter: { path: '${DEAD}' } } }));
  const { settings } = loadSettings('env/m.json', {}, { ...context, environment: { DEAD: 'd/x' } });
  t.is(settings.deadLetter.path, join(folder, 'env', 'd', 'x'));
});

test('a byte order mark is tolerated', (t) => {
  writeFileSync(join(folder, 'bom.json'), `\ufeff${JSON.stringify({ id, config: { input } })}`);
  t.is(loadSettings('bom.json', {}, context).settings.input?.stream, 's');
});

test('resolveOutput fills defaults and makes paths absolute', (t) => {
  t.like(resolveOutput({ type: 'tcp', host: 'h', port: undefined }), { port: 6161, hostLogs: true });
  t.like(resolveOutput({ type: 'file', path: './o' }, folder), { path: join(folder, 'o') });
  t.like(resolveOutput({ type: 'tcp', host: '${H}' }), { host: '${H}' });
});

test('what is printed has no secret and is otherwise the same', (t) => {
  const assumeRole = { arn: 'arn:aws:iam::1:role/r', externalId: 'hunter2' };
  const settings = load({ input: { stream: 's', assumeRole }, output: { type: 'stdout' } });
  t.is(settings.input?.assumeRole?.externalId, 'hunter2');
  const shown = redact(settings);
  t.deepEqual(shown.input?.assumeRole, { ...assumeRole, externalId: '(hidden)' });
  t.deepEqual({ ...shown, input: undefined }, { ...settings, input: undefined });
  t.is(settings.input?.assumeRole?.externalId, 'hunter2');
});

test('an address is printed without what may be a password', (t) => {
  const shown = (endpoint: string) => redact(load({ input: { stream: 's', endpoint } })).input?.endpoint;
  const addresses = [
    'https://host/path?key=hunter2',
    'https://host/#hunter2',
    'https://host?hunter2',
    'https://host/?a#hunter2',
  ];
  for (const address of addresses) t.regex(shown(address) ?? '', /^https:\/\/host\/(path)?([?#]\(hidden\))+$/, address);
  t.is(shown('https://host:1/path'), 'https://host:1/path');
  const withUser = { ...load({ input: { stream: 's' } }) };
  const input = withUser.input && { ...withUser.input, endpoint: 'https://user:hunter2@host/' };
  t.is(redact({ ...withUser, input }).input?.endpoint, 'https://(hidden):(hidden)@host/');
});

test('a manifest may be named by its URL', (t) => {
  const { settings, manifestPath } = loadSettings(new URL('../../../../manifest.json', import.meta.url));
  t.is(manifestPath, fileURLToPath(new URL('../../../../manifest.json', import.meta.url)));
  t.is(settings.unparsed, 'generic');
});
