/**
 * Everything, page by page.
 * @param next the page after a key, the first after the empty one; the last is empty
 */
export async function* pages<T>(next: (after: string) => Promise<readonly T[]>, keyOf: (item: T) => string): AsyncGenerator<readonly T[]> {
  for (let after = ''; ; ) {
    const page = await next(after);
    const last = page.at(-1);
    if (last === undefined) return;
    yield page;
    after = keyOf(last);
  }
}
