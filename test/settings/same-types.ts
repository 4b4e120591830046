/** Fails to compile where the generated declaration of the settings and their schema differ. */
import type { z } from 'zod';
import type { settingsSchema } from '../../src/settings/settings.js';
import type { InputSettingsInput, Settings, SettingsInput } from '../../src/settings/settings-types.js';

type Filled = z.output<typeof settingsSchema>;
type Written = z.input<typeof settingsSchema>;
type DeepReadonly<T> = { readonly [Key in keyof T]: DeepReadonly<T[Key]> };
type Assignable<From extends To, To> = From;
/** Merged onto the default, the `type` of a checkpoint need not be written, which the schema by itself requires. */
type Without<T> = Omit<T, 'input'> & {
  input?: Omit<NonNullable<T extends { input?: infer I } ? I : never>, 'checkpoint'>;
};

export type Checks = [
  Assignable<Filled, Settings>,
  Assignable<Settings, DeepReadonly<Filled>>,
  Assignable<Written, SettingsInput>,
  Assignable<Without<SettingsInput>, Without<Written>>,
  Assignable<NonNullable<NonNullable<Written['input']>['checkpoint']>, NonNullable<InputSettingsInput['checkpoint']>>,
];
