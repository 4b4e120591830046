/** Kinds of values that settings have in common. */
import { z } from 'zod';

export const kib = 1024;
export const mib = 1024 * kib;

export const bytes = (minimum: number, maximum = 1024 * mib) => z.int().min(minimum).max(maximum);
export const milliseconds = (minimum: number, maximum = 24 * 3600 * 1000) => z.int().min(minimum).max(maximum);

/** A file's path; relative ones are resolved against the manifest's folder, or the working directory in code. */
export const filePath = (description: string) => z.string().min(1).meta({ 'x-path': true, description });

/** Shown as it is, so nothing secret may be in it; requests are signed, and need no password. */
export const endpoint = (description: string) =>
  z
    .url({ protocol: /^https?$/ })
    .refine((text) => !hasLogin(text), 'an address without a user and a password, got one with them')
    .optional()
    .describe(description);

/** As a URL is read by those who use it: slashes may be missing, or be too many. */
function hasLogin(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { username, password } = new URL(text);
  return username !== '' || password !== '';
}
