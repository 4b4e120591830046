/**
 * The logger that a child of winston stands for. A child has the streams and transports of its parent as its own, but its
 * `write` neither tells when to wait nor calls back, so that nothing written through it could be waited for.
 */
export function rootLogger<Logger extends object>(logger: Logger): Logger {
  let root = logger;
  // A child is an object with its parent as its prototype; only a logger itself has been configured.
  while (!Object.hasOwn(root, 'levels')) {
    const parent: Logger | null = Object.getPrototypeOf(root);
    if (!parent || !('levels' in parent)) return logger;
    root = parent;
  }
  return root;
}
