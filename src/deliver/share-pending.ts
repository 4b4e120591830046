/**
 * Look-ups of names and reads of files cannot be ended, and each holds one of the few threads that all files of the process
 * share. So one that hangs is waited for again rather than made again: else a few attempts would stop the checkpoint too.
 */
export function sharePending<Result>(call: (key: string) => Promise<Result>): (key: string) => Promise<Result> {
  const pending = new Map<string, Promise<Result>>();
  return (key) => {
    const earlier = pending.get(key);
    if (earlier) return earlier;
    const result = call(key).finally(() => pending.delete(key));
    pending.set(key, result);
    return result;
  };
}
