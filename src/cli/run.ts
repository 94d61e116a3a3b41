import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { tellFailure } from './failure.ts';
import { createOutput } from './output.ts';
import { createProgram } from './program.ts';
import { CODE } from './shell.ts';

/** What was typed, to its end; sets the exit code of the process. */
export async function run(typed: readonly string[]): Promise<void> {
  const streams = { out: process.stdout, err: process.stderr, input: process.stdin };
  const { version } = z.object({ version: z.string() }).parse(JSON.parse(readFileSync(join(CODE, 'package.json'), 'utf8')));

  // A reader such as `head` that has seen enough is no error.
  process.stdout.on('error', (error) => {
    if ('code' in error && error.code === 'EPIPE') process.exit(0);
    throw error;
  });

  const program = createProgram(streams, version, (code) => {
    process.exitCode = code;
  });
  try {
    await program.parseAsync(typed.length === 0 ? ['--help'] : [...typed], { from: 'user' });
  } catch (error) {
    const { json, verbose } = program.opts<{ json?: boolean; verbose?: boolean }>();
    // At once: what was half open would keep the process.
    process.exit(tellFailure(error, createOutput(json === true, streams), verbose === true));
  }
}
