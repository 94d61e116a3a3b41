import { startCountersign } from '../support/processes.ts';

type Options = Parameters<typeof startCountersign>[1];

export interface Finished {
  readonly code: number | null;
  /** Standard output and standard error, as they came. */
  readonly text: string;
  /** The lines of JSON among them. */
  readonly json: readonly Readonly<Record<string, unknown>>[];
}

/** `countersign …` in a process of its own, to its end. */
export async function countersign(args: readonly string[], options: Options): Promise<Finished> {
  const running = startCountersign(args, options);
  const { code } = await running.ended;
  const text = running.output();
  const json = text.split('\n').flatMap((line): Readonly<Record<string, unknown>>[] => (line.startsWith('{') ? [JSON.parse(line)] : []));
  return { code, text, json };
}

/** A server that has said where it is, ready to work. */
export async function startServer(options: Options) {
  const server = startCountersign(['start', '--json'], options);
  const [line] = await server.line(/^\{"url".*\}$/m);
  const said: { readonly url: string; readonly login: string; readonly intake: string; readonly practice: boolean } = JSON.parse(line);
  return { ...server, said };
}

/** Asks again until `look` gives something: a server works in the background. */
export async function until<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
