/** An error as the fake answers it: AWS' name for it, a text, and the status of the reply. */
export class FakeServiceError extends Error {
  readonly code: string;
  readonly status: number;

  constructor(code: string, message: string = code, status = 400) {
    super(message);
    this.code = code;
    this.status = status;
  }
}
