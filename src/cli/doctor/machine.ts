import { access, constants, mkdir, stat, statfs } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { Environment } from '../../environment.ts';
import { broken, type Check, messageOf, mind, ok } from './check.ts';

/** Written in: types are stripped and SQLite is built in from here on. */
const NODE = 26;
const MEGABYTE = 1024 * 1024;
/** Free on the disk of the data folder. */
const LOW = 1000 * MEGABYTE;
const TOO_LOW = 100 * MEGABYTE;

export function checkNode(version: string): Check {
  return Number(version.split('.')[0]) >= NODE
    ? ok('Node', version)
    : broken(
        'Node',
        `version ${NODE} or newer was expected, ${version} runs`,
        'Use npx countersign or npm start: they run the Node that npm ci installed here.',
      );
}

/** Exists and can be written to, with room left. */
export async function checkDataFolder({ dataFolder }: Environment): Promise<Check[]> {
  try {
    await mkdir(dataFolder, { recursive: true, mode: 0o700 });
    await access(dataFolder, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    return [
      broken(
        'Data folder',
        `${dataFolder} cannot be written to: ${messageOf(error)}`,
        'Give yourself the right to write there, or name another folder with COUNTERSIGN_DATA.',
      ),
    ];
  }
  const { bavail, bsize } = await statfs(dataFolder);
  const free = bavail * bsize;
  const says = `${Math.round(free / MEGABYTE).toLocaleString('en')} MB free`;
  const room =
    free < TOO_LOW
      ? broken('Disk', says, 'Make room: a full disk stops everything from being acknowledged.')
      : free < LOW
        ? mind('Disk', says, 'Make room soon.')
        : ok('Disk', says);
  const shared = process.platform !== 'win32' && ((await stat(dataFolder)).mode & 0o077) !== 0;
  const privacy = shared
    ? mind('Data folder', `others on this machine may look into ${dataFolder}, where keys and personal data are`, `chmod 700 ${dataFolder}`)
    : ok('Data folder', `${dataFolder} can be written to`);
  return [privacy, room];
}

/** Free, or, while a server runs, answering. */
export async function checkPorts({ port, intakeHost, intakePort }: Environment, serverRuns: boolean, base: string): Promise<Check[]> {
  if (serverRuns) {
    const healthy = await fetch(new URL('/healthz', base), { signal: AbortSignal.timeout(5_000) }).then(
      (answer) => answer.ok,
      () => false,
    );
    return [
      healthy
        ? ok('Server', `runs, and the page answers at ${base}`)
        : broken('Server', `runs, but the page does not answer at ${base}`, 'Look at what the server printed; if it hangs, stop it and start it again.'),
    ];
  }
  const free = (check: string, host: string, wanted: number, variable: string) =>
    canListen(host, wanted).then((problem) =>
      problem === null
        ? ok(check, `port ${wanted} on ${host} is free`)
        : broken(check, `port ${wanted} on ${host} cannot be used: ${problem}`, `Choose another one with ${variable}, such as ${variable}=${wanted + 10}.`),
    );
  return Promise.all([free('Page', '127.0.0.1', port, 'PORT'), free('Intake', intakeHost, intakePort, 'INTAKE_PORT')]);
}

/** @returns why not, or null */
function canListen(host: string, port: number): Promise<string | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error) => resolve('code' in error && error.code === 'EADDRINUSE' ? 'another program uses it' : error.message));
    server.listen(port, host, () => server.close(() => resolve(null)));
  });
}

export function checkTimeZone(company: string, machine: string, now: Date): Check {
  const time = new Intl.DateTimeFormat('en-GB', { timeZone: company, hour: '2-digit', minute: '2-digit' }).format(now);
  return company === machine
    ? ok('Time zone', `${company}, where it is ${time} now`)
    : mind(
        'Time zone',
        `${company}, where it is ${time} now; this machine is set to ${machine}`,
        'Right if you mean the first one; otherwise change timeZone in company.yaml.',
      );
}
