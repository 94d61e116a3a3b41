import type { Environment } from '../environment.ts';
import type { House, Running } from '../main.ts';
import { CountersignError } from '../store/errors.ts';
import { EXIT, type Output } from './output.ts';
import { type Main, noteAddress, type Shell } from './shell.ts';

export interface Served {
  readonly house: House;
  readonly running: Running;
  readonly loginLink: string;
}

/**
 * @param work false: agents run in other processes
 * @throws CountersignError `AlreadyOwned`, `PortInUse`, `SettingsError` …
 */
export async function serve(main: Main, env: Environment, work = true): Promise<Served> {
  const house = await main.openHouse(env, { role: 'server' });
  try {
    const running = await main.startServer(house, { work });
    const loginLink = await running.loginLink();
    await noteAddress(house, running, loginLink);
    return { house, running, loginLink };
  } catch (error) {
    await house.close();
    throw explainPort(error, env);
  }
}

/** A port that cannot be had is told with the variable to change, whichever of the two it is. */
function explainPort(error: unknown, { port, intakePort }: Environment): unknown {
  const problem = error instanceof CountersignError ? error.cause : error;
  if (!(problem instanceof Error) || !('code' in problem) || (problem.code !== 'EADDRINUSE' && problem.code !== 'EACCES')) return error;
  const taken = 'port' in problem && typeof problem.port === 'number' ? problem.port : port;
  const [what, variable] = taken === intakePort && taken !== port ? ['The intake for forms', 'INTAKE_PORT'] : ['The page', 'PORT'];
  const why = problem.code === 'EACCES' ? 'this user may not use' : 'another program already uses';
  return new CountersignError(
    'PortInUse',
    `${what} cannot listen on port ${taken}, which ${why}. Choose another one with ${variable}, such as ${variable}=${taken + 10}.`,
    {
      cause: error,
    },
  );
}

/**
 * Stays until Ctrl-C or SIGTERM and ends gracefully; a second Ctrl-C ends at once.
 * @param before what must end before the server does
 */
export async function stayUntilStopped(
  { running }: { readonly running: Pick<Running, 'stop'> },
  out: Output,
  shell: Shell,
  before?: () => Promise<void>,
): Promise<void> {
  await new Promise<void>((resolve) => {
    let stopping = false;
    const stop = () => {
      // What was acknowledged is in the log already.
      if (stopping) process.exit(EXIT.ok);
      stopping = true;
      out.warn('\nStopping: what runs comes to its end. Once more to stop at once.');
      resolve();
    };
    process.on('SIGINT', stop);
    process.on('SIGTERM', stop);
    process.on('SIGHUP', stop);
  });
  await before?.();
  await running.stop();
  out.warn('Stopped. Everything is in the log.');
  shell.exit(EXIT.ok);
}
