/** Numbers, sizes and ages in few characters. */
import { formatDuration } from '../format-duration.js';

/** `12,345`; below ten with one digit after the point, unless it is whole. */
export function formatNumber(number: number): string {
  const digits = Number.isInteger(number) || number >= 10 ? 0 : 1;
  return number.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const;

/** `1.2 MiB`: limits are set in these units. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  for (; value >= 1023.5 && unit < units.length - 1; unit++) value /= 1024;
  return `${unit === 0 || value >= 10 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

/** `0.4 s`, then as a duration. */
export function formatAge(ms: number): string {
  return ms < 10_000 ? `${(ms / 1000).toFixed(1)} s` : formatDuration(ms);
}
