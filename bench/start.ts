import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { get } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { type Figure, inTurn, within } from './figure.ts';

/** What a person waits for after `npm start`, and what stays in memory: real processes, as the script starts them. */

const CODE = resolve(import.meta.dirname, '..');
const CLI = ['--disable-warning=ExperimentalWarning', join(CODE, 'src', 'cli.ts')];
const ROUNDS = 5;
const REST = 60_000; // ms
const POLL = 5; // ms
/** A start that takes longer has failed, ms. */
const PATIENCE = 120_000;

/** The least that can be started: what Node itself takes. */
const EMPTY_SERVER = 'require("node:http").createServer((_, answer) => answer.end("ok")).listen(Number(process.env.PORT), "127.0.0.1")';

interface Started {
  readonly pid: number;
  readonly origin: string;
  /** ms from spawning it to the first 200. */
  readonly answered: number;
  /** ms from spawning it until `look` is satisfied. */
  until(look: (body: string) => boolean): Promise<number>;
  /** Ends it, and waits for its end. */
  end(): Promise<void>;
}

async function start(args: readonly string[], more: Readonly<Record<string, string>>): Promise<Started> {
  const port = await freePort();
  const { PATH = '', HOME = '' } = process.env;
  const begun = performance.now();
  const child = spawn(process.execPath, args, { env: { PATH, HOME, PORT: String(port), INTAKE_PORT: '0', ...more }, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (said += chunk));
  const { pid } = child;
  if (pid === undefined) throw new Error('Expected a process to start, got no pid.');
  const origin = `http://127.0.0.1:${port}`;
  const until = async (look: (body: string) => boolean): Promise<number> => {
    while (performance.now() - begun < PATIENCE) {
      if (child.exitCode !== null) throw new Error(`Expected ${args.join(' ')} to answer, but it ended with ${child.exitCode}: ${said}`);
      const body = await bodyOf(`${origin}/healthz`);
      if (body !== null && look(body)) return performance.now() - begun;
      await sleep(POLL);
    }
    await end(child);
    throw new Error(`Expected ${args.join(' ')} to answer within ${PATIENCE / 1000} s.`);
  };
  return { pid, origin, answered: await until(() => true), until, end: () => end(child) };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  child.kill('SIGTERM');
  await ended;
}

/** null: nobody answers, or not with 200. */
function bodyOf(url: string): Promise<string | null> {
  return new Promise((resolve) => {
    const request = get(url, { agent: false, timeout: 5_000 }, (answer) => {
      let body = '';
      answer.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
      answer.on('end', () => resolve(answer.statusCode === 200 ? body : null)).on('error', () => resolve(null));
    });
    request.on('error', () => resolve(null)).on('timeout', () => request.destroy());
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => (address === null || typeof address === 'string' ? reject(new Error('Expected an IP port.')) : resolve(address.port)));
    });
  });
}

const ready = (body: string): boolean => body.includes('"ready":true');
const startOurs = async () => start([...CLI, 'start'], { COUNTERSIGN_DATA: await usedFolder(), COUNTERSIGN_CONFIG: join(await usedFolder(), 'config') });
const startEmpty = () => start(['-e', EMPTY_SERVER], {});

let folder: Promise<string> | null = null;
/** A data folder that has been started before and holds the sample leads, worked through. */
function usedFolder(): Promise<string> {
  folder ??= (async () => {
    const path = await mkdtemp(join(tmpdir(), 'countersign-bench-'));
    process.once('exit', () => rmSync(path, { recursive: true, force: true }));
    const env = { COUNTERSIGN_DATA: path, COUNTERSIGN_CONFIG: join(path, 'config') };
    const server = await start([...CLI, 'start'], env);
    const { PATH = '', HOME = '' } = process.env;
    await promisify(execFile)(process.execPath, [...CLI, 'import', join(CODE, 'examples', 'leads.csv')], { env: { PATH, HOME, ...env } });
    await server.until(ready);
    while (!(await bodyOf(`${server.origin}/metrics`))?.includes('countersign_tasks_backlog 0')) await sleep(100);
    await server.end();
    return path;
  })();
  return folder;
}

async function measured(starting: () => Promise<Started>, measure: (started: Started) => Promise<number>): Promise<number> {
  const started = await starting();
  try {
    return await measure(started);
  } finally {
    await started.end();
  }
}

/** MB that the process and all its children hold; memory they share counts for each. */
async function residentMegabytes(pid: number): Promise<number> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'pid=,ppid=,rss=']);
  const rows = stdout.split('\n').map((line) => line.trim().split(/\s+/).map(Number));
  const tree = new Set([pid]);
  for (let size = 0; size < tree.size; ) {
    size = tree.size;
    for (const [own = 0, parent = 0] of rows) if (tree.has(parent)) tree.add(own);
  }
  return rows.reduce((sum, [own = 0, , kilobytes = 0]) => sum + (tree.has(own) ? kilobytes : 0), 0) / 1024;
}

const atRest = async ({ pid }: Started): Promise<number> => {
  await sleep(REST);
  return residentMegabytes(pid);
};

export const startFigures: readonly Figure[] = [
  {
    name: 'start.page',
    measure: async () => {
      const answered = async ({ answered: ms }: Started) => ms;
      const pair = await inTurn(
        ROUNDS,
        () => measured(startOurs, answered),
        () => measured(startEmpty, answered),
      );
      return within(1_000, pair, 'ms');
    },
  },
  {
    name: 'start.queue',
    measure: async () => {
      const pair = await inTurn(
        ROUNDS,
        () => measured(startOurs, ({ until }) => until(ready)),
        () => measured(startEmpty, async ({ answered: ms }) => ms),
      );
      return within(2_000, pair, 'ms');
    },
  },
  {
    name: 'start.memory',
    measure: async () => {
      const [ours, against] = await Promise.all([
        measured(startOurs, async (started) => {
          await started.until(ready);
          return atRest(started);
        }),
        measured(startEmpty, atRest),
      ]);
      return within(450, { ours, against }, 'MB');
    },
  },
];
