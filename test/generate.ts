/** Writes what is made from the schema of the settings: the manifest's `configSchema` and the table in docs/settings.md. */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createConfigSchema } from '../plugin/manifest/option-schema.js';
import { insertOptionsTable } from '../plugin/manifest/options-table.js';
import { formatSettingsTypes } from './settings/format-settings-types.js';

const root = new URL('../../', import.meta.url);
const manifestFile = new URL('manifest.json', root);
const settingsPage = new URL('docs/settings.md', root);

const { version, description } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8'));
const manifest = JSON.parse(readFileSync(manifestFile, 'utf8'));
const generated = { ...manifest, version, description, configSchema: createConfigSchema() };
writeFileSync(manifestFile, `${JSON.stringify(generated, undefined, 2)}\n`);
execFileSync('npx', ['biome', 'format', '--write', fileURLToPath(manifestFile)], { stdio: 'inherit' });

writeFileSync(settingsPage, insertOptionsTable(readFileSync(settingsPage, 'utf8')));

writeFileSync(new URL('src/settings/settings-types.ts', root), formatSettingsTypes());
