/**
 * DNS lookups and file reads cannot be cancelled, and each occupies one of the few threads for all file operations of the
 * process. So a call that hangs is shared, not repeated: otherwise a few attempts would block the checkpoint too.
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
