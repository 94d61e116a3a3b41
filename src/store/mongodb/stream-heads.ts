import { eventKey } from './key.ts';

const KEPT = 50_000;
/** Versions of one stream that are looked for at once. */
const PROBES = 16;

/** Looking for the last version of a stream: `low` is there, `high` is not. */
interface Search {
  readonly stream: string;
  low: number;
  high: number;
  probes: readonly number[];
}

/** The version each stream has come to, as far as this process has seen the log. */
export class StreamHeads {
  readonly #known = new Map<string, number>();
  readonly #existing: (keys: readonly string[]) => Promise<ReadonlySet<string>>;

  constructor(existing: (keys: readonly string[]) => Promise<ReadonlySet<string>>) {
    this.#existing = existing;
  }

  /** 0 for a stream that was never learned: its writer says that it begins it. */
  readonly get = (stream: string): number => this.#known.get(stream) ?? 0;

  knows(streams: Iterable<string>): boolean {
    for (const stream of streams) if (!this.#known.has(stream)) return false;
    return true;
  }

  set(stream: string, version: number): void {
    this.#known.set(stream, version);
  }

  clear(): void {
    this.#known.clear();
  }

  /**
   * Learns what is not known yet, in one request where the guesses are right. As versions have no gaps, that of a
   * long stream is found by dividing: one of a million events costs less than ten requests.
   * @param wanted each stream with the version it probably has
   */
  async learn(wanted: ReadonlyMap<string, number>): Promise<void> {
    if (this.#known.size > KEPT) this.clear();
    let open: Search[] = [];
    for (const [stream, guess] of wanted) {
      if (!this.#known.has(stream)) open.push({ stream, low: 0, high: Number.POSITIVE_INFINITY, probes: guess > 0 ? [guess, guess + 1] : [1] });
    }
    while (open.length > 0) {
      const there = await this.#existing(open.flatMap(({ stream, probes }) => probes.map((version) => eventKey(stream, version))));
      for (const search of open) {
        for (const version of search.probes) {
          if (there.has(eventKey(search.stream, version))) search.low = Math.max(search.low, version);
          else search.high = Math.min(search.high, version);
        }
        search.probes = between(search.low, search.high);
        if (search.probes.length === 0) this.#known.set(search.stream, search.low);
      }
      open = open.filter(({ probes }) => probes.length > 0);
    }
  }
}

function between(low: number, high: number): number[] {
  if (high === Number.POSITIVE_INFINITY) return Array.from({ length: PROBES }, (_, power) => low + 4 ** power);
  const step = Math.max(1, (high - low) / (PROBES + 1));
  const versions = new Set<number>();
  for (let at = low + step; at < high; at += step) versions.add(Math.round(at));
  versions.delete(low);
  versions.delete(high);
  return [...versions];
}
