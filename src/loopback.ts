/** Whether only programs on this machine reach an address. */

/** @param host a name or an address, that of IPv6 with or without brackets */
export function isLoopback(host: string): boolean {
  return /^(localhost|.*\.localhost|127(\.\d+){3}|\[?::1\]?|\[?::ffff:127(\.\d+){3}\]?)$/i.test(host);
}
