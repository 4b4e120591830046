/** Settings that are given in code. */
import type { SettingsInput } from './settings-types.js';

/** Settings with any part left out; `undefined` counts as left out. */
export type SettingsOverrides = DeepPartial<SettingsInput>;

type DeepPartial<T> = T extends readonly unknown[]
  ? T
  : T extends object
    ? { readonly [Key in keyof T]?: DeepPartial<T[Key]> | undefined }
    : T;
