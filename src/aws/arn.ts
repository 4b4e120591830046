/** What the name or the ARN of a stream tells, without asking AWS. */

export function isArn(stream: string): boolean {
  return stream.startsWith('arn:');
}

/** How a request names the stream. */
export function toTarget(stream: string): { readonly StreamARN: string } | { readonly StreamName: string } {
  return isArn(stream) ? { StreamARN: stream } : { StreamName: stream };
}

/** Of an ARN. */
export function regionOf(stream: string): string | undefined {
  return isArn(stream) ? stream.split(':')[3] : undefined;
}
