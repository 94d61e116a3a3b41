import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pino } from 'pino';
import type { Agent } from './agents/agent.ts';
import type { ModelPort } from './agents/models/model.ts';
import { AGENTS, createRegistry } from './agents/registry.ts';
import { openForm } from './api/forms.ts';
import { resumeImports } from './api/import.ts';
import { createIntake } from './api/intake.ts';
import { createMetrics } from './api/metrics.ts';
import { createLoginLink } from './bot/web/session.ts';
import { createWebSurface } from './bot/web/surface.ts';
import { makeDataFolder } from './data-folder.ts';
import { type Environment, readEnvironment } from './environment.ts';
import { buildHouse, type House, type HouseParts } from './house.ts';
import type { Action } from './orchestrator/effects/action.ts';
import { documentChange } from './orchestrator/effects/document-change.ts';
import { documentCreate } from './orchestrator/effects/document-create.ts';
import { createHttpCall } from './orchestrator/effects/http-call.ts';
import { createMailOutbox } from './orchestrator/effects/mail-outbox.ts';
import { createMailRoute } from './orchestrator/effects/mail-route.ts';
import { createMailSend } from './orchestrator/effects/mail-send.ts';
import { createMailSmtp, sendTestMail } from './orchestrator/effects/mail-smtp.ts';
import { createActions } from './orchestrator/effects/registry.ts';
import { taskSchedule } from './orchestrator/effects/task-schedule.ts';
import { startEngine as assembleEngine, type Engine } from './orchestrator/engine.ts';
import type { Reporter } from './orchestrator/kernel.ts';
import { isLed } from './orchestrator/leadership.ts';
import { openEmbeddedQueue } from './orchestrator/queue/embedded.ts';
import type { Queue } from './orchestrator/queue/queue.ts';
import type { WorkersOptions } from './orchestrator/workers.ts';
import type { Clock, Random } from './ports.ts';
import { type LiveSettings, openSettings } from './settings/live-settings.ts';
import { COLLECTIONS } from './store/collections.ts';
import { CountersignError } from './store/errors.ts';
import { sha256 } from './store/json.ts';
import type { MongoFindings } from './store/mongodb/check.ts';
import type { Place } from './store/move/place.ts';
import type { Flush } from './store/sqlite/flush.ts';
import { openSqliteStores } from './store/sqlite/open.ts';
import { type Ownership, readOwner, takeOwnership } from './store/sqlite/owner.ts';
import type { Stores } from './store/stores.ts';
import { systemClock, systemRandom } from './system.ts';

/** Where the code is, and `config/` and `examples/` beside it. */
const CODE = join(import.meta.dirname, '..');
/** One model call as a whole, ms. */
const MODEL_TIMEOUT = 60_000;
/** Characters of one text from outside in a prompt. */
const FOREIGN_LIMIT = 20_000;

export interface Running {
  /** Where the page is. */
  readonly url: string;
  readonly intakeUrl: string;
  loginLink(): Promise<string>;
  /** Resolves when agents can work. */
  ready(): Promise<void>;
  stop(): Promise<void>;
}

/** `server` insists on owning the data folder; `command` works beside a server, `worker` for one. */
export type Role = 'server' | 'worker' | 'command';

export interface HouseOptions {
  readonly role: Role;
  readonly agents?: readonly Agent[];
  /** Actions beside those that come with the product. */
  readonly actions?: readonly Action[];
  readonly clock?: Clock;
  readonly random?: Random;
  /** How the embedded store reaches the disk. */
  readonly flush?: Flush;
}

export type { House } from './house.ts';

export const environment = (): Environment => readEnvironment(process.env, CODE);

/** Opens everything that needs no port: stores, settings, the kernel and the desk. */
export async function openHouse(env: Environment, options: HouseOptions): Promise<House> {
  const { clock = systemClock, random = systemRandom } = options;
  await makeDataFolder(env.dataFolder);
  const agents = createRegistry(options.agents ?? AGENTS);
  const folders = { defaults: join(CODE, 'config'), local: env.configFolder };
  const sender = () => settings.current().company.sender;
  const smtp = env.smtpUrl === null ? null : createMailSmtp(env.smtpUrl, sender);
  // Practice, until the house is there and says otherwise.
  let live = () => false;
  const actions = createActions([
    documentCreate,
    documentChange,
    taskSchedule,
    createMailSend(
      createMailRoute(createMailOutbox(join(env.dataFolder, 'outbox'), sender), smtp, () => live()),
      sender,
    ),
    createHttpCall({ allowHosts: env.httpAllowHosts }),
    ...(options.actions ?? []),
  ]);
  const settings = await openSettings(folders, {
    agents: agents.list().map(({ name }) => name),
    actions: actions.names,
    playbooks: agents.list().flatMap(({ playbooks }) => playbooks ?? []),
  });
  const model = env.model === null ? null : await openModel(env.model, settings, clock);

  const held = await holdStores(env, options, clock, random);
  const house = await buildHouse({
    ...{ env, clock, random, agents, actions, folders, settings, model },
    ...held,
    report: reporter(env.logLevel),
    playbook: async (name) => settings.current().playbooks.get(name) ?? null,
    canSend: smtp !== null,
  });
  live = house.live;
  return house;
}

type HeldStores = Pick<HouseParts, 'stores' | 'folds' | 'alone' | 'release'>;

/** Opened last of all: what was wrong before leaves them to others. */
async function holdStores(env: Environment, { role, flush }: HouseOptions, clock: Clock, random: Random): Promise<HeldStores> {
  const options = { clock, random, collections: COLLECTIONS };
  if (env.mongoUrl !== null) {
    const { openMongoStores } = await import('./store/mongodb/open.ts');
    const stores = await openMongoStores({ url: env.mongoUrl, ...options });
    const alone = role === 'command' && !(await isLed(stores.kv));
    return { stores, folds: role !== 'command' ? 'in-turn' : alone ? 'on-demand' : 'elsewhere', alone, release: async () => {} };
  }
  const ownership = await own(env.dataFolder, role);
  const folds = role === 'server' ? 'always' : role === 'worker' ? 'in-turn' : ownership === null ? 'elsewhere' : 'on-demand';
  const stores = await openSqliteStores({ folder: env.dataFolder, ...options, ...(flush && { flush }) });
  return { stores, folds, alone: ownership !== null, release: async () => ownership?.release() };
}

/** For `doctor`. @throws CountersignError `Environment`, `StoreUnavailable` */
export async function lookAtMongo(url: string): Promise<MongoFindings> {
  const { checkMongo } = await import('./store/mongodb/check.ts');
  return checkMongo(url);
}

/** Stores by themselves, without a house around them: to be moved, saved or restored. */
export interface OpenedPlace {
  readonly stores: Stores;
  /** Without user and password. */
  readonly shown: string;
  close(): Promise<void>;
}

/**
 * @param use `alone`: no server may run on them; `beside`: one may
 * @param fresh the place may be new
 * @throws CountersignError `AlreadyOwned`, `NotFound`, `StoreUnavailable`
 */
export async function openPlace(place: Place, use: 'alone' | 'beside', fresh: boolean): Promise<OpenedPlace> {
  const options = { clock: systemClock, random: systemRandom, collections: COLLECTIONS };
  if (place.kind === 'mongodb') {
    const { openMongoStores, shownUrl } = await import('./store/mongodb/open.ts');
    const stores = await openMongoStores({ url: place.url, ...options });
    const shown = shownUrl(place.url);
    if (use === 'beside' || !(await isLed(stores.kv))) return { stores, shown, close: () => stores.close() };
    await stores.close();
    throw new CountersignError('AlreadyOwned', `A server is running on ${shown}: stop it first.`);
  }
  const { folder } = place;
  if (!fresh && !existsSync(join(folder, 'log.db'))) throw new CountersignError('NotFound', `${folder} is no data folder: there is no log.db in it.`);
  await makeDataFolder(folder);
  const ownership = use === 'alone' ? await takeOwnership(folder) : null;
  const stores = await openSqliteStores({ folder, ...options });
  return {
    stores,
    shown: folder,
    async close() {
      await stores.close();
      await ownership?.release();
    },
  };
}

/** The owner of an embedded data folder is the server; a command is, while there is none. */
async function own(folder: string, role: Role): Promise<Ownership | null> {
  if (role === 'server') return takeOwnership(folder);
  if (role === 'worker' || (await readOwner(folder)) !== null) return null;
  return takeOwnership(folder).catch(() => null);
}

function reporter(level: Environment['logLevel']): Reporter {
  const log = pino({ level, redact: ['*.apiKey', '*.password', '*.authorization'] }, pino.destination(2));
  return {
    info: (message, details) => log.info(details ?? {}, message),
    error: (message, error) =>
      log.error({ error: error instanceof Error ? { name: error.name, message: error.message, stack: error.stack } : String(error) }, message),
  };
}

/** Loaded only where a model is configured: the provider's library is 250 files that no start need wait for without. */
async function openModel(model: NonNullable<Environment['model']>, settings: LiveSettings, clock: Clock): Promise<ModelPort> {
  const { createAnthropic } = await import('./agents/models/anthropic.ts');
  return createAnthropic({ ...model, prices: settings.current().prices, timeoutMs: MODEL_TIMEOUT, foreignLimit: FOREIGN_LIMIT, clock });
}

export interface EngineOptions {
  /** Takes part in leading. */
  readonly leads: boolean;
  /** The agents to run here, or null for none. */
  readonly work: WorkersOptions | null;
}

/** Starts what works on the log in this process; agents begin once the queue is up. */
export function startEngine(house: House, queue: Queue, { leads, work }: EngineOptions = { leads: true, work: allAgents(house) }): Promise<Engine> {
  const { env, kernel, stores, shared, leadBy } = house;
  return assembleEngine({
    ...{ kernel, queue, leadBy, work },
    kv: stores.kv,
    context: { model: house.model, spend: house.spend, playbook: house.playbook },
    leads: !leads ? 'never' : shared === null ? 'always' : 'in-turn',
    projections: shared,
    runsElsewhere: shared !== null || env.redisUrl !== null,
  });
}

const allAgents = ({ kernel }: House): WorkersOptions => ({ agents: kernel.agents.list(), concurrency: null });

/** @throws CountersignError when Redis cannot be reached, or may lose what it holds */
export async function openQueue({ env, kernel: { clock } }: House, onError: (error: unknown) => void): Promise<Queue> {
  if (env.redisUrl === null) return openEmbeddedQueue({ cacheFolder: join(env.dataFolder, 'cache'), clock, onError });
  const { openRedisQueue } = await import('./orchestrator/queue/redis.ts');
  return openRedisQueue({ url: env.redisUrl, prefix: env.redisPrefix, clock, onError });
}

/**
 * Starts the page, the intake, the director and, once the queue is up, the workers.
 * @param work false: other processes run the agents
 */
export async function startServer(house: House, { work }: { readonly work: boolean } = { work: true }): Promise<Running> {
  const { env, kernel, desk, settings, stores } = house;
  const onError = (error: unknown) => kernel.report.error('In the background', error);
  // Before anybody is served: a queue that cannot be had is a reason not to start.
  const queue = await openQueue(house, onError);
  const metrics = createMetrics(kernel);
  const intake = createIntake({ kernel, kv: stores.kv, host: env.intakeHost, port: env.intakePort, trustedProxies: env.trustedProxies });
  const { url: intakeUrl } = await intake.start();
  const contact = await openForm(stores.kv, kernel.random, 'contact', { redirect: null });
  const formUrl = `${intakeUrl}/in/${contact.path}`;
  const page = createWebSurface({
    desk,
    sessions: stores.kv,
    random: kernel.random,
    clock: kernel.clock,
    port: env.port,
    publicUrl: env.publicUrl,
    trustedProxies: env.trustedProxies,
    metrics: metrics.text,
    ready: house.queueReady,
    timeZone: () => settings.current().company.timeZone,
    samples: async () => ({ name: 'leads.csv', bytes: await readFile(join(CODE, 'examples', 'leads.csv')) }),
    formHint: { url: formUrl },
    log: onError,
  });
  const { url } = await page.start();
  const unfollow = settings.follow(kernel.journal, kernel.clock, onError);

  const engine = await startEngine(house, queue, { leads: true, work: work ? allAgents(house) : null });
  const ready = queue.ready().then(house.queueIsReady);
  ready.catch(onError);
  // What a crash cut off; the page need not wait for it.
  resumeImports(kernel).catch(onError);

  return {
    url,
    intakeUrl: formUrl,
    loginLink: () => page.loginLink(),
    ready: () => ready,
    async stop() {
      unfollow();
      await intake.stop();
      await page.stop();
      await engine.stop();
      await queue.close();
      metrics.stop();
      await house.close();
    },
  };
}

/** Starts only agents: for a process beside those that serve. */
export async function startWorker(house: House, work: WorkersOptions): Promise<Pick<Running, 'ready' | 'stop'>> {
  const { kernel, settings } = house;
  const onError = (error: unknown) => kernel.report.error('In the background', error);
  const unfollow = settings.follow(kernel.journal, kernel.clock, onError);
  const queue = await openQueue(house, onError);
  const engine = await startEngine(house, queue, { leads: false, work });
  return {
    ready: () => queue.ready(),
    async stop() {
      unfollow();
      await engine.stop();
      await queue.close();
      await house.close();
    },
  };
}

/** A new link that opens the page, for a command beside the server. `base`: where the page is reached. */
export const loginLink = ({ stores, kernel }: House, base: string): Promise<string> => createLoginLink(stores.kv, kernel.random, base);

/**
 * One real mail, whatever the mode, for `doctor --test-mail`.
 * @throws EffectError
 */
export async function mailTest({ kernel, settings }: House, smtpUrl: string, to: string): Promise<void> {
  const smtp = createMailSmtp(smtpUrl, () => settings.current().company.sender);
  await sendTestMail(smtp, to, {
    footprint: sha256(kernel.random.bytes(32)),
    deadline: kernel.clock.now() + smtp.timeout,
    signal: AbortSignal.timeout(smtp.timeout),
  });
}
