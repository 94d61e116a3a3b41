/**
 * Adds to package-lock.json the optional platform packages (`@biomejs/cli-darwin-arm64`, …) that the registry at hand does not carry.
 *
 * `npm install` leaves out of the lock file what it could not look up; `npm ci` then refuses that same lock file as out of step, on every
 * machine. An entry with version, os and cpu is all that npm needs to skip the package here and to install it where the platform fits.
 * Run after `npm install` or an upgrade: `npm run lock`. On a full registry it changes nothing.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { z } from 'zod';

const entry = z.looseObject({ optionalDependencies: z.record(z.string(), z.string()).optional(), dev: z.boolean().optional() });
const lockFile = z.looseObject({ packages: z.record(z.string(), entry) });

const SYSTEMS = ['aix', 'android', 'darwin', 'freebsd', 'linux', 'netbsd', 'openbsd', 'openharmony', 'sunos', 'win32'];
const PROCESSORS = ['arm', 'arm64', 'ia32', 'loong64', 'mips64el', 'ppc64', 'riscv64', 's390x', 'x64'];

/** What `npm` needs to know of a platform package, read from its name: `…-linux-arm64-musl` → linux, arm64, musl. */
function platformOf(name: string): { readonly os: string[]; readonly cpu: string[]; readonly libc?: string[] } {
  const words = name.split('/').at(-1)?.split('-') ?? [];
  const os = words.filter((word) => SYSTEMS.includes(word));
  const cpu = words.filter((word) => PROCESSORS.includes(word));
  if (os.length !== 1 || cpu.length !== 1)
    throw new Error(`Expected one system and one processor in the package name, got "${name}": add it to package-lock.json by hand.`);
  const libc = words.some((word) => word.startsWith('musl')) ? ['musl'] : words.some((word) => word.startsWith('gnu')) ? ['glibc'] : undefined;
  return { os, cpu, ...(libc && os[0] === 'linux' && { libc }) };
}

const path = new URL('../package-lock.json', import.meta.url);
const text = readFileSync(path, 'utf8');
const lock = lockFile.parse(JSON.parse(text));
const missing: [string, z.infer<typeof entry>][] = [];
for (const [from, { optionalDependencies = {}, dev }] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(optionalDependencies)) {
    const at = `node_modules/${name}`;
    if (at in lock.packages || `${from}/${at}` in lock.packages) continue;
    if (!/^\d+\.\d+\.\d+/.test(version))
      throw new Error(`Expected an exact version of the optional package ${name}, got "${version}": add it to package-lock.json by hand.`);
    const { cpu, libc, os } = platformOf(name);
    missing.push([at, { version, cpu, ...(dev && { dev }), ...(libc && { libc }), optional: true, os }]); // in npm's order
  }
}

if (missing.length > 0) {
  // Written from the text and not from what zod returned, which puts the keys it knows first.
  const written: { packages: Record<string, unknown> } = JSON.parse(text);
  const [root, ...packages] = Object.entries(written.packages);
  if (root === undefined) throw new Error('Expected package-lock.json to list the project itself first: run npm install.');
  written.packages = Object.fromEntries([root, ...[...packages, ...missing].sort(([a], [b]) => a.localeCompare(b, 'en'))]);
  writeFileSync(path, `${JSON.stringify(written, null, 2)}\n`);
}
console.log(
  missing.length === 0 ? 'package-lock.json is complete.' : `Added to package-lock.json: ${missing.map(([at]) => at.replace('node_modules/', '')).join(', ')}`,
);
