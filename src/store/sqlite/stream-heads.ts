const KEPT = 50_000;

/** The version each stream has come to, remembered while nobody else writes. */
export class StreamHeads {
  readonly #known = new Map<string, number>();
  readonly #look: (stream: string) => number;

  constructor(look: (stream: string) => number) {
    this.#look = look;
  }

  readonly get = (stream: string): number => {
    const known = this.#known.get(stream);
    if (known !== undefined) return known;
    const version = this.#look(stream);
    this.set(stream, version);
    return version;
  };

  set(stream: string, version: number): void {
    if (this.#known.size >= KEPT) this.#known.clear();
    this.#known.set(stream, version);
  }

  clear(): void {
    this.#known.clear();
  }
}
