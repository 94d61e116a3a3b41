#!/usr/bin/env node
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';

// Compiled code is kept: from the second time on a command answers in half the time. Where it cannot be kept, nothing is lost.
enableCompileCache(join(import.meta.dirname, '..', 'node_modules', '.cache', 'countersign'));
const { run } = await import('./cli/run.ts');
await run(process.argv.slice(2));
