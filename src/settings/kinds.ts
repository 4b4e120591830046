/** Kinds of values that several settings share. */
import { z } from 'zod';

export const kib = 1024;
export const mib = 1024 * kib;

export const bytes = (minimum: number, maximum = 1024 * mib) => z.int().min(minimum).max(maximum);
export const milliseconds = (minimum: number, maximum = 24 * 3600 * 1000) => z.int().min(minimum).max(maximum);

/** A path. A relative one is resolved against the folder of the manifest; in code, against the working directory. */
export const filePath = (description: string) => z.string().min(1).meta({ 'x-path': true, description });

/** It is shown unchanged, so it must not contain a secret. Requests are signed and require no password. */
export const endpoint = (description: string) =>
  z
    .url({ protocol: /^https?$/ })
    .refine((text) => !hasLogin(text), 'an address without a user and a password, got one with them')
    .optional()
    .describe(description);

/** As URL parsers read it: slashes may be missing or repeated. */
function hasLogin(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { username, password } = new URL(text);
  return username !== '' || password !== '';
}
