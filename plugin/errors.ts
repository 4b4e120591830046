/** The plugin cannot start as it is; the text says what to change. */
export class PluginStartError extends Error {
  override readonly name = 'PluginStartError';
}
