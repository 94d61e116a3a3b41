import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Redis } from 'ioredis';
import { partPath } from './parts.ts';

export interface RedisProcess {
  readonly port: number;
  /** `redis://127.0.0.1:PORT` */
  readonly url: string;
  /** One command on a connection of its own. */
  run(command: string, ...args: readonly string[]): Promise<unknown>;
  /** As a power cut would: nothing of it is kept. */
  kill(): Promise<void>;
  /** Again after `kill`, on the same port; empty. */
  start(): Promise<void>;
  /** SIGSTOP: it holds its connections and does not answer. */
  freeze(): void;
  thaw(): void;
  /** Ends it and removes its folder. */
  stop(): Promise<void>;
}

/** A Redis of its own on a free loopback port, without persistence. @param settings such as `--maxmemory-policy`, `allkeys-lru` */
export async function startRedis(...settings: readonly string[]): Promise<RedisProcess> {
  const binary = partPath('redis-server');
  const folder = await mkdtemp(join(tmpdir(), 'countersign-redis-'));
  const port = await freePort();
  let child: ChildProcess | null = null;
  const orphan = () => void child?.kill('SIGKILL');
  process.on('exit', orphan);

  async function start(): Promise<void> {
    const args = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', '', '--appendonly', 'no', ...settings];
    const { stdout } = (child = spawn(binary, args, { stdio: ['ignore', 'pipe', 'ignore'] }));
    for await (const line of createInterface({ input: stdout })) {
      if (!line.includes('Ready to accept connections')) continue;
      stdout.resume();
      return;
    }
    throw new Error(`Expected redis-server to start on port ${port}, but it ended: run it by hand with ${args.join(' ')}.`);
  }

  async function kill(): Promise<void> {
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }

  await start();
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    async run(command, ...args) {
      const client = new Redis(port, '127.0.0.1', { lazyConnect: true });
      try {
        return await client.call(command, ...args);
      } finally {
        client.disconnect();
      }
    },
    kill,
    start,
    freeze: () => void child?.kill('SIGSTOP'),
    thaw: () => void child?.kill('SIGCONT'),
    async stop() {
      process.off('exit', orphan);
      await kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  if (address === null || typeof address === 'string') throw new Error('Expected a port, got none: is loopback there?');
  return address.port;
}
