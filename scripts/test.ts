/**
 * `npm test`: runs every suite this machine has the parts for, then names the suites it had to skip and how to get what they need.
 * Arguments go through to vitest. `--require-all` makes a skipped test a failure (CI).
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { z } from 'zod';
import { howToGet, PARTS, partVariables } from './parts.ts';

const ROOT = resolve(import.meta.dirname, '..');
const REPORT = '.cache/test-results.json';

const report = z.object({
  testResults: z.array(
    z.object({
      name: z.string(),
      assertionResults: z.array(z.object({ ancestorTitles: z.array(z.string()), title: z.string(), status: z.string() })),
    }),
  ),
});

interface Skipped {
  readonly suite: string;
  readonly file: string;
  tests: number;
}

/** Suites of which a test did not run, with the number of such tests. */
function skippedSuites(): Skipped[] {
  const suites = new Map<string, Skipped>();
  for (const { name, assertionResults } of report.parse(JSON.parse(readFileSync(resolve(ROOT, REPORT), 'utf8'))).testResults) {
    for (const { ancestorTitles, title, status } of assertionResults) {
      if (status === 'passed' || status === 'failed') continue;
      const file = relative(ROOT, name);
      const suite = ancestorTitles.filter((ancestor) => ancestor !== '').join(' › ') || title;
      const known = suites.get(`${file} ${suite}`) ?? { suite, file, tests: 0 };
      known.tests += 1;
      suites.set(`${file} ${suite}`, known);
    }
  }
  return [...suites.values()];
}

function print(skipped: readonly Skipped[]): void {
  const rule = '━'.repeat(80);
  console.log(`\n${rule}\nSKIPPED, not tested on this machine:\n`);
  for (const { suite, file, tests } of skipped) console.log(`  ${suite}\n    ${file}, ${tests} ${tests === 1 ? 'test' : 'tests'}`);
  for (const part of PARTS.filter((name) => skipped.some(({ suite }) => suite.includes(`(needs ${name})`)))) console.log(`\nGet ${part}: ${howToGet(part)}`);
  console.log(rule);
}

const requireAll = process.argv.includes('--require-all');
const args = process.argv.slice(2).filter((argument) => argument !== '--require-all');
rmSync(resolve(ROOT, REPORT), { force: true });
const { status } = spawnSync(
  process.execPath,
  ['node_modules/vitest/vitest.mjs', 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${REPORT}`, ...args],
  { cwd: ROOT, stdio: 'inherit', env: { ...process.env, ...partVariables(process.env) } },
);
process.exitCode = status ?? 1;

// A choice by name (-t) skips the rest on purpose; what a machine lacks is marked by describeWith.
const chosen = args.some((argument) => /^(-t|--testNamePattern)/.test(argument));
const skipped = skippedSuites().filter(({ suite }) => !chosen || suite.includes('(needs '));
if (skipped.length > 0) {
  print(skipped);
  if (requireAll) {
    console.error('Expected every suite to run (--require-all): see above for what to get.');
    process.exitCode = 1;
  }
}
