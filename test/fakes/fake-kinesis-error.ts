/** An error as the fake returns it: the name that AWS uses, a message, and the status of the response. */
export class FakeServiceError extends Error {
  readonly code: string;
  readonly status: number;

  constructor(code: string, message: string = code, status = 400) {
    super(message);
    this.code = code;
    this.status = status;
  }
}
