const ignore = () => {};

/**
 * For clients of AWS, whose errors are told by whoever calls them. Without `info`, for which the SDK copies every reply, record
 * by record, though nobody looks at it.
 */
export const silentLogger = { debug: ignore, info: undefined as never, warn: ignore, error: ignore };
