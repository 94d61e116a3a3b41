/**
 * Sees that the lint bites: plants one violation per rule of the architecture in a copy of the sources and expects Biome to report each.
 * A rule that finds nothing passes just as quietly as clean code does.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

const PLANTS: readonly { readonly file: string; readonly source: string; readonly rule: string; readonly about: string }[] = [
  { file: 'src/store/events/planted.ts', source: "export { readFileSync } from 'node:fs';", rule: 'noRestrictedImports', about: 'an event schema reads files' },
  {
    file: 'src/store/planted.ts',
    source: "export type { Kernel } from '../orchestrator/kernel.ts';",
    rule: 'noRestrictedImports',
    about: 'the store knows the orchestrator',
  },
  {
    file: 'src/orchestrator/policy/planted.ts',
    source: "export type { Kernel } from '../kernel.ts';",
    rule: 'noRestrictedImports',
    about: 'a pure decider knows a shell',
  },
  { file: 'src/orchestrator/policy-planted.ts', source: "export { Hono } from 'hono';", rule: 'noRestrictedImports', about: 'a pure decider takes a package' },
  {
    file: 'src/orchestrator/planted.ts',
    source: "export type { Desk } from '../bot/intents.ts';",
    rule: 'noRestrictedImports',
    about: 'the orchestrator knows a surface',
  },
  {
    file: 'src/agents/planted/planted.ts',
    source: "export const fs = await import('node:fs');",
    rule: 'noRestrictedImports',
    about: 'a capability reads files',
  },
  { file: 'src/bot/planted.ts', source: "export * from '../store/sqlite/planted.ts';", rule: 'noRestrictedImports', about: 'a surface names a store adapter' },
  {
    file: 'src/cli/planted.ts',
    source: "export * from '../orchestrator/queue/embedded.ts';",
    rule: 'noRestrictedImports',
    about: 'not main.ts, and names an adapter',
  },
  {
    file: 'src/api/planted.ts',
    source: "export * from '../orchestrator/effects/mail-smtp.ts';",
    rule: 'noRestrictedImports',
    about: 'the API names a connector',
  },
  {
    file: 'src/planted-a.ts',
    source: "import type { B } from './planted-b.ts';\nexport type A = B;",
    rule: 'noImportCycles',
    about: 'two files import each other',
  },
  {
    file: 'src/planted-b.ts',
    source: "import type { A } from './planted-a.ts';\nexport type B = A;",
    rule: 'noImportCycles',
    about: 'two files import each other',
  },
  { file: 'src/planted-env.ts', source: 'export const home = process.env.HOME;', rule: 'noProcessEnv', about: 'the environment is read outside main.ts' },
  { file: 'src/planted-any.ts', source: 'export const anything: any = 1;', rule: 'noExplicitAny', about: 'an any' },
  { file: 'src/planted-promise.ts', source: 'async function run(): Promise<void> {}\nrun();', rule: 'noFloatingPromises', about: 'a promise nobody waits for' },
];

const root = resolve(import.meta.dirname, '..');
const copy = mkdtempSync(join(tmpdir(), 'countersign-plants-'));
try {
  for (const name of ['src', 'biome.json', 'package.json', 'tsconfig.json', '.gitignore']) cpSync(join(root, name), join(copy, name), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  for (const { file, source } of PLANTS) {
    mkdirSync(dirname(join(copy, file)), { recursive: true });
    writeFileSync(join(copy, file), `${source}\n`);
  }
  const { stdout } = spawnSync(join(root, 'node_modules/.bin/biome'), ['lint', '--reporter=github', '--max-diagnostics=none', 'src'], {
    cwd: copy,
    encoding: 'utf8',
  });
  const lines = stdout.split('\n');
  const missed = PLANTS.filter(({ file, rule }) => !lines.some((line) => line.includes(`/${rule},`) && line.includes(`${file},`)));
  for (const { file, rule, about } of missed) console.error(`Expected ${rule} to report ${file} (${about}), but the lint passes it: correct biome.json.`);
  console.log(`${PLANTS.length - missed.length} of ${PLANTS.length} planted violations reported.`);
  if (missed.length > 0) process.exitCode = 1;
} finally {
  rmSync(copy, { recursive: true, force: true });
}
