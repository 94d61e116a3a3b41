/** Posts in any one hour, by address and by form. In memory: what is counted by is personal and need not outlive the process. */
export interface IntakeLimits {
  /** Counts one post, unless a limit is reached. */
  take(address: string, form: string, limits: { readonly perAddressPerHour: number; readonly perFormPerHour: number }): LimitHit | null;
}

export interface LimitHit {
  readonly limit: 'perAddressPerHour' | 'perFormPerHour';
  /** When there is room again, ms since 1970. */
  readonly until: number;
}

export const HOUR = 3_600_000;

/** Only accepted posts are kept, so the limits per form bound the memory however many addresses there are. */
export function createIntakeLimits(now: () => number): IntakeLimits {
  const addresses = new Map<string, SlidingHour>();
  const forms = new Map<string, SlidingHour>();
  return {
    take(address, form, { perAddressPerHour, perFormPerHour }) {
      const time = now();
      for (const [key, posts] of addresses) {
        // Ordered by latest post.
        if (posts.count(time) > 0) break;
        addresses.delete(key);
      }
      const ofAddress = addresses.get(address) ?? new SlidingHour();
      const ofForm = forms.get(form) ?? new SlidingHour();
      if (ofAddress.count(time) >= perAddressPerHour) return { limit: 'perAddressPerHour', until: ofAddress.roomAt(perAddressPerHour) };
      if (ofForm.count(time) >= perFormPerHour) return { limit: 'perFormPerHour', until: ofForm.roomAt(perFormPerHour) };
      ofAddress.add(time);
      ofForm.add(time);
      addresses.delete(address);
      addresses.set(address, ofAddress);
      forms.set(form, ofForm);
      return null;
    },
  };
}

/** The times of an hour's posts, oldest first. */
class SlidingHour {
  #times: number[] = [];
  #first = 0;

  add(time: number): void {
    this.#times.push(time);
  }

  count(now: number): number {
    while ((this.#times[this.#first] ?? Number.POSITIVE_INFINITY) <= now - HOUR) this.#first += 1;
    if (this.#first > 100 && this.#first * 2 > this.#times.length) {
      this.#times = this.#times.slice(this.#first);
      this.#first = 0;
    }
    return this.#times.length - this.#first;
  }

  /** When fewer than `limit` are left. */
  roomAt(limit: number): number {
    return (this.#times[this.#times.length - limit] ?? 0) + HOUR;
  }
}
