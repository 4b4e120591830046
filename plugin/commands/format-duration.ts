/** At most two units: `12 s`, `2 min 58 s`, `12 min`, `3 h 20 min`, `2 d`. */
export function formatDuration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  if (hours >= 48) return `${Math.floor(hours / 24)} d${andMore(hours % 24, 'h')}`;
  if (hours > 0) return `${hours} h${andMore(minutes % 60, 'min')}`;
  if (minutes >= 10) return `${minutes} min`;
  return minutes >= 2 ? `${minutes} min${andMore(seconds % 60, 's')}` : `${seconds} s`;
}

function andMore(number: number, unit: string): string {
  return number === 0 ? '' : ` ${number} ${unit}`;
}
