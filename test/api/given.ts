import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type Form, openForm } from '../../src/api/forms.ts';
import { createIntake } from '../../src/api/intake.ts';
import { readEnvironment } from '../../src/environment.ts';
import { type House, openHouse } from '../../src/main.ts';
import type { Kernel } from '../../src/orchestrator/kernel.ts';
import type { DataOf, EventType } from '../../src/store/events/index.ts';
import { CODE } from '../support/company.ts';
import { temporaryFolder } from '../support/processes.ts';
import { seededRandom } from '../support/seeded-random.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

export interface Company {
  readonly house: House;
  readonly kernel: Kernel;
  readonly clock: VirtualClock;
  /** Data of all events of a type, in the order of the log. */
  told<T extends EventType>(type: T): Promise<DataOf<T>[]>;
  /** What stands in the log of a lead, personal fields open. */
  leads(): Promise<Record<string, unknown>[]>;
}

/** The stores, settings and kernel of a server on a data folder of its own, without agents at work. */
export async function givenCompany({ intake = '', folder = temporaryFolder() } = {}): Promise<Company> {
  const config = join(folder, 'config');
  mkdirSync(config, { recursive: true });
  if (intake !== '') writeFileSync(join(config, 'agents.yaml'), `intake: { ${intake} }\n`);
  const clock = new VirtualClock('2026-03-02T09:00:00.000Z');
  const env = readEnvironment({ COUNTERSIGN_DATA: join(folder, 'data'), COUNTERSIGN_CONFIG: config, LOG_LEVEL: 'silent' }, CODE);
  const house = await openHouse(env, { role: 'server', clock, random: seededRandom(5) });
  onTestFinished(() => house.close());

  const events = async () => {
    const all = [];
    for await (const commits of house.kernel.journal.read(0)) all.push(...commits.flatMap((commit) => commit.events));
    return all;
  };
  const told = async <T extends EventType>(type: T) => (await events()).flatMap((event) => (event.type === type ? [event.data as DataOf<T>] : []));
  return {
    house,
    kernel: house.kernel,
    clock,
    told,
    leads: async () => (await told('DocumentCreated')).flatMap(({ entity, fields }) => (entity === 'lead' ? [fields] : [])),
  };
}

export interface Door extends Company {
  readonly form: Form;
  /** `http://127.0.0.1:PORT` */
  readonly origin: string;
  /** Where the form posts to. */
  readonly url: string;
  /** As a browser posts a form, without following where it is sent then. */
  sends(fields: Readonly<Record<string, string>>, headers?: Readonly<Record<string, string>>): Promise<Response>;
  sendsJson(body: unknown, headers?: Readonly<Record<string, string>>): Promise<Response>;
  stop(): Promise<void>;
}

/** The intake on a free port, over a real store. `kernel` changes what it works with. */
export async function givenDoor({
  redirect = null,
  trustedProxies = [],
  intake = '',
  kernel = (given) => given,
}: {
  redirect?: string | null;
  trustedProxies?: readonly string[];
  intake?: string;
  kernel?: (kernel: Kernel) => Kernel;
} = {}): Promise<Door> {
  const company = await givenCompany({ intake });
  const { kv } = company.house.stores;
  const form = await openForm(kv, company.kernel.random, 'contact', { redirect });
  const server = createIntake({ kernel: kernel(company.kernel), kv, host: '127.0.0.1', port: 0, trustedProxies });
  const { url: origin } = await server.start();
  let stopped: Promise<void> | null = null;
  const stop = () => (stopped ??= server.stop());
  onTestFinished(stop);
  const url = `${origin}/in/${form.path}`;
  const post = (body: NonNullable<RequestInit['body']>, headers: Readonly<Record<string, string>>) =>
    fetch(url, { method: 'POST', body, headers, redirect: 'manual' });
  return {
    ...company,
    form,
    origin,
    url,
    sends: (fields, headers = {}) => post(new URLSearchParams(fields), { accept: 'text/html', ...headers }),
    sendsJson: (body, headers = {}) => post(typeof body === 'string' ? body : JSON.stringify(body), { 'content-type': 'application/json', ...headers }),
    stop,
  };
}

export const ANNA = { name: 'Anna Berg', email: 'anna@nordlicht.example', company: 'Nordlicht', message: 'Could you help us with our online shop?' } as const;
