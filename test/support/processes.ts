import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

const CLI = join(import.meta.dirname, '..', '..', 'src', 'cli.ts');

export interface Ended {
  /** Null when a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface Running {
  readonly pid: number;
  /** Standard output and standard error so far, as they came. */
  output(): string;
  /** The first match in the output, now or later. @throws Error with the output when the process ends without one */
  line(pattern: RegExp): Promise<RegExpExecArray>;
  readonly ended: Promise<Ended>;
  /** Ends this process and no other; `SIGKILL` unless told otherwise. */
  kill(signal?: NodeJS.Signals): Promise<Ended>;
}

/** A folder of its own for this test, removed when the test ends. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  return folder;
}

/**
 * `countersign …` as a process of its own, the way a person runs it. It never outlives the test.
 * Of the surrounding environment only PATH and HOME reach it, so that a key on a developer's machine changes no test; ports are free ones
 * (0) unless `env` says otherwise.
 */
export function startCountersign(args: readonly string[], options: { readonly data: string; readonly env?: Readonly<Record<string, string>> }): Running {
  const { PATH = '', HOME = '' } = process.env;
  const env = { PATH, HOME, COUNTERSIGN_DATA: options.data, COUNTERSIGN_CONFIG: join(options.data, 'config'), PORT: '0', INTAKE_PORT: '0', ...options.env };
  return watch(spawn(process.execPath, ['--disable-warning=ExperimentalWarning', CLI, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] }));
}

/** Waits until `GET /healthz` under `origin` answers 200. @throws Error with the output when the process ends before */
export async function untilHealthy(running: Running, origin: string): Promise<void> {
  let over: Ended | null = null;
  void running.ended.then((ended) => {
    over = ended;
  });
  while (over === null) {
    const healthy = await fetch(new URL('/healthz', origin), { signal: AbortSignal.timeout(1000) }).then(
      ({ ok }) => ok,
      () => false,
    );
    if (healthy) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`Expected ${origin}/healthz to answer, but the process ended (${JSON.stringify(over)}):\n${running.output()}`);
}

function watch(child: ChildProcess): Running {
  let text = '';
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal }));
  });
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  const { pid } = child;
  if (pid === undefined) throw new Error('Expected the process to start, got no pid: is node still where it was?');

  const kill = (signal: NodeJS.Signals = 'SIGKILL'): Promise<Ended> => {
    child.kill(signal);
    return ended;
  };
  onTestFinished(async () => {
    await kill();
  });

  const line = (pattern: RegExp): Promise<RegExpExecArray> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const match = pattern.exec(text);
        if (match === null) return;
        for (const stream of [child.stdout, child.stderr]) stream?.off('data', look);
        resolve(match);
      };
      for (const stream of [child.stdout, child.stderr]) stream?.on('data', look);
      look();
      ended.then((how) => reject(new Error(`Expected ${pattern} in the output, but the process ended (${JSON.stringify(how)}):\n${text}`)), reject);
    });

  return { pid, output: () => text, line, ended, kill };
}
