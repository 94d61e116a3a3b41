/**
 * An error a caller can tell apart by `code`. The message says what was expected, what came and
 * what to do; it is shown to people as it is, so it never carries a secret.
 */
export class CountersignError extends Error {
  readonly code: string;
  constructor(code: string, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = code;
    this.code = code;
  }
}

/** I2: a writer came with an old version of a stream. Load again, decide again. */
export class VersionConflict extends CountersignError {
  readonly stream: string;
  constructor(stream: string, expected: string, actual: number) {
    super('VersionConflict', `${stream} is at version ${actual}, but ${expected} was expected: read it again and decide again.`);
    this.stream = stream;
  }
}
