import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { Person } from '../bot/intents.ts';
import type { Environment } from '../environment.ts';
import type { House, Running } from '../main.ts';
import { createOutput, type Output, type Streams } from './output.ts';

/** Who sits at the machine is the owner. */
export const OWNER: Person = { surface: 'cli', user: 'owner' };

/** The same, where a switch is thrown. */
export const OWNER_SWITCHES = { actor: 'human:cli:owner', source: 'cli', person: 'owner' } as const;

/** `main.ts`, loaded only when a command needs it: help and mistakes answer at once. */
export type Main = typeof import('../main.ts');

/** What every command is given. */
export interface Shell {
  readonly streams: Streams & { readonly input: NodeJS.ReadStream };
  readonly main: () => Promise<Main>;
  /** As `--json` was given or not. */
  output(): Output;
  verbose(): boolean;
  /** A question can be put to a person. */
  interactive(): boolean;
  /** Sets the exit code the process ends with. */
  exit(code: number): void;
}

export const createShell = (program: Command, streams: Shell['streams'], exit: (code: number) => void): Shell => ({
  streams,
  main: () => import('../main.ts'),
  output: () => createOutput(program.opts<{ json?: boolean }>().json === true, streams),
  verbose: () => program.opts<{ verbose?: boolean }>().verbose === true,
  interactive: () => streams.input.isTTY === true && streams.out.isTTY === true,
  exit,
});

/** Opens the house beside a running server, or alone, does the work and closes it. The work returns the exit code. */
export async function withHouse(shell: Shell, work: (house: House, out: Output, main: Main) => Promise<number>): Promise<void> {
  const main = await shell.main();
  const house = await main.openHouse(main.environment(), { role: 'command' });
  try {
    shell.exit(await work(house, shell.output(), main));
  } finally {
    await house.close();
  }
}

/** For a person: what a command recorded is done by a server. */
export const whenDone = (house: Pick<House, 'alone'>): string => (house.alone ? ' No server is running: it is recorded, and happens at the next start.' : '');

/** Where a running server says what it is reached under; found by commands beside it. */
const SERVER = 'cli:server';

export interface ServerAddress {
  /** Base of login links. */
  readonly base: string;
  /** Base of form addresses, `http://127.0.0.1:4647`. */
  readonly intake: string;
}

export async function noteAddress(house: House, running: Running, loginLink: string): Promise<void> {
  await house.stores.kv.set(SERVER, { base: new URL(loginLink).origin, intake: new URL(running.intakeUrl).origin }, null);
}

/** Where the server is, or would be with this environment. */
export async function addressOf({ stores, env }: Pick<House, 'stores' | 'env'>): Promise<ServerAddress> {
  const noted = (await stores.kv.get(SERVER))?.value;
  if (noted !== null && typeof noted === 'object' && !Array.isArray(noted) && typeof noted?.['base'] === 'string' && typeof noted['intake'] === 'string')
    return { base: noted['base'], intake: noted['intake'] };
  return expectedAddress(env);
}

const expectedAddress = ({ publicUrl, port, intakeHost, intakePort }: Environment): ServerAddress => ({
  base: publicUrl === null ? `http://127.0.0.1:${port}` : new URL(publicUrl).origin,
  intake: `http://${intakeHost}:${intakePort}`,
});

/** The examples at the end of a command's help. */
export const examples = (...lines: readonly string[]): string => `\nExamples:\n${lines.map((line) => `  $ countersign ${line}`).join('\n')}\n`;

/** Where the code is, with `examples/` and `docs/`. */
export const CODE = resolve(import.meta.dirname, '..', '..');
