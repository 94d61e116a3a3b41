import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

export interface Child {
  readonly pid: number;
  /** Every line it has printed so far. */
  readonly lines: readonly string[];
  /** Resolves once a line fits; rejects when the process ends before. */
  line(fits: (line: string) => boolean): Promise<string>;
  /** Ends it as a power cut would: nothing of its own runs any more. */
  kill(): Promise<void>;
  /** Its exit code, or null when a signal ended it. */
  readonly ended: Promise<number | null>;
}

/** Runs a TypeScript file in a process of its own. @param shell put before it, e.g. `ulimit -f 100;` */
export function runFile(file: string, args: readonly string[], shell = ''): Child {
  const child: ChildProcess = spawn('/bin/sh', ['-c', `${shell} exec "$0" "$@"`, process.execPath, '--disable-warning=ExperimentalWarning', file, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const { pid, stdout, stderr } = child;
  if (pid === undefined || stdout === null || stderr === null) throw new Error(`${file} did not start`);
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  let over = false;
  let problems = '';
  stderr.on('data', (chunk) => (problems += chunk));
  createInterface({ input: stdout }).on('line', (line) => {
    lines.push(line);
    for (const look of waiting) look();
  });
  const ended = new Promise<number | null>((resolve) =>
    child.on('close', (code) => {
      over = true;
      resolve(code);
      for (const look of waiting) look();
    }),
  );
  return {
    pid,
    lines,
    ended,
    line: (fits) =>
      new Promise((resolve, reject) => {
        let next = 0;
        const look = () => {
          while (next < lines.length) {
            const line = lines[next] ?? '';
            next += 1;
            if (!fits(line)) continue;
            waiting.delete(look);
            return resolve(line);
          }
          if (over) reject(new Error(`${file} ended; it printed ${lines.slice(-5).join(' | ')} and ${problems}`));
        };
        waiting.add(look);
        look();
      }),
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
