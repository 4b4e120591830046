/** Every link leads somewhere: in a clone, and in the package. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import test from 'ava';
import { anchors, links, readPage, userPages } from './markdown.js';

const packageJson = JSON.parse(readFileSync('package.json', 'utf8')) as { readonly files: readonly string[] };
const packedTexts = [...userPages(), ...['SECURITY.md', 'CHANGELOG.md'].map(readPage)];
const pages = [...packedTexts, ...['test/README.md', 'test/bench/README.md'].map(readPage)];
const isRemote = (target: string) => /^[a-z]+:/.test(target);

/** Addresses outside of the repository that were looked at; add one here after you have opened it. */
const knownAddresses = [
  'https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-cwl.html',
  'https://github.com/winstonjs/winston',
  'https://keepachangelog.com/en/1.1.0/',
  'https://www.snaresolutions.com/products/snare-central/',
];

/** The file, and the heading in it, that a link is about. */
function follow(file: string, target: string): { readonly path: string; readonly anchor: string | undefined } {
  const [path = '', anchor] = target.split('#');
  return { path: path === '' ? file : normalize(join(dirname(file), path)), anchor };
}

test('every relative link leads to a file, and to a heading in it', (t) => {
  const broken = pages.flatMap((page) =>
    links(page)
      .filter(({ target }) => !isRemote(target))
      .filter(({ target }) => {
        const { path, anchor } = follow(page.file, target);
        return !existsSync(path) || (anchor !== undefined && !anchors(readPage(path)).has(anchor));
      })
      .map(({ at, target }) => `${at}: ${target}`),
  );
  t.deepEqual(broken, []);
  t.true(links(readPage('README.md')).length > 10);
});

test('no text of the package links to a file that is not packed', (t) => {
  const packed = [...packageJson.files, 'README.md', 'LICENSE', 'package.json'];
  const isPacked = (path: string) => packed.some((entry) => path === entry || path.startsWith(`${entry}/`));
  t.deepEqual(
    packedTexts.map(({ file }) => file).filter((file) => !isPacked(file)),
    [],
  );
  const outside = packedTexts.flatMap((page) =>
    links(page)
      .filter(({ target }) => !isRemote(target) && !isPacked(follow(page.file, target).path))
      .map(({ at, target }) => `${at}: ${target}`),
  );
  t.deepEqual(outside, []);
  t.true(isPacked('examples/loop.js'));
});

test('no address is named that nobody has looked at', (t) => {
  const unknown = pages.flatMap((page) =>
    links(page)
      .filter(({ target }) => isRemote(target) && !knownAddresses.includes(target))
      .map(({ at, target }) => `${at}: ${target}`),
  );
  t.deepEqual(unknown, []);
  // No repository is public yet.
  for (const key of ['repository', 'bugs', 'homepage']) t.false(key in packageJson, key);
});
