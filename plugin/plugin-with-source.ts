import type { Source, SourceWiring } from '../src/pipeline/source.js';
import type { InputSettings, Settings } from '../src/settings/settings.js';
import { Plugin } from './plugin.js';

/** A plugin whose records do not come from the stream of its input, and that source. */
export function createPluginWithSource<Made extends Source>(
  settings: Settings & { readonly input: InputSettings },
  createSource: (wiring: SourceWiring) => Made,
): { readonly plugin: Plugin; readonly source: Made } {
  let source: Made | undefined;
  const plugin = new Plugin(settings, undefined, (wiring) => {
    source = createSource(wiring);
    return source;
  });
  if (!source) throw new TypeError('A plugin with an input has a source');
  return { plugin, source };
}
