import { createHmac } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pino } from 'pino';
import type { Agent } from './agents/agent.ts';
import { createAnthropic } from './agents/models/anthropic.ts';
import type { ModelPort } from './agents/models/model.ts';
import { AGENTS, createRegistry } from './agents/registry.ts';
import { openForm } from './api/forms.ts';
import { importLeads, resumeImports } from './api/import.ts';
import { createIntake } from './api/intake.ts';
import { createMetrics } from './api/metrics.ts';
import { createDesk } from './bot/desk/desk.ts';
import type { Desk } from './bot/intents.ts';
import { createLoginLink } from './bot/web/session.ts';
import { createWebSurface } from './bot/web/surface.ts';
import { type Environment, readEnvironment } from './environment.ts';
import { Director } from './orchestrator/director.ts';
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
import { Executor } from './orchestrator/executor.ts';
import type { Kernel, Reporter } from './orchestrator/kernel.ts';
import { openEmbeddedQueue } from './orchestrator/queue/embedded.ts';
import type { Queue } from './orchestrator/queue/queue.ts';
import { openRedisQueue } from './orchestrator/queue/redis.ts';
import { openSpend, type Spend } from './orchestrator/spend.ts';
import { Worker } from './orchestrator/worker.ts';
import { type Clock, newId, type Random } from './ports.ts';
import { type LiveSettings, openSettings } from './settings/live-settings.ts';
import type { SettingsFolders } from './settings/load-settings.ts';
import { createSetUp } from './settings/write-settings.ts';
import { followControl } from './store/cached-control.ts';
import { createCodec } from './store/codec.ts';
import { COLLECTIONS } from './store/collections.ts';
import { openJournal } from './store/journal.ts';
import { sha256 } from './store/json.ts';
import { foldedElsewhere, foldOnDemand, Projector } from './store/projections/projector.ts';
import { createSealedBlobs } from './store/sealed-blobs.ts';
import { openSqliteStores, type Stores } from './store/sqlite/open.ts';
import { readOwner, takeOwnership } from './store/sqlite/owner.ts';
import { systemClock, systemRandom } from './system.ts';

/** Where the code is, and `config/` and `examples/` beside it. */
const CODE = join(import.meta.dirname, '..');
/** One model call as a whole, ms. */
const MODEL_TIMEOUT = 60_000;
/** Characters of one text from outside in a prompt. */
const FOREIGN_LIMIT = 20_000;

export interface House {
  readonly env: Environment;
  readonly kernel: Kernel;
  readonly desk: Desk;
  readonly settings: LiveSettings;
  readonly stores: Stores;
  readonly spend: Spend;
  readonly model: ModelPort | null;
  /** This process owns the data folder: no server runs beside it. */
  readonly owner: boolean;
  readonly playbook: (name: string) => Promise<string | null>;
  /** Tells the status that agents can work from now on. */
  readonly queueIsReady: () => void;
  close(): Promise<void>;
}

export interface Running {
  /** Where the page is. */
  readonly url: string;
  readonly intakeUrl: string;
  loginLink(): Promise<string>;
  /** Resolves when agents can work. */
  ready(): Promise<void>;
  stop(): Promise<void>;
}

export interface HouseOptions {
  /** `server` insists on owning the data folder; `command` works beside a server. */
  readonly role: 'server' | 'command';
  readonly agents?: readonly Agent[];
  /** Actions beside those that come with the product. */
  readonly actions?: readonly Action[];
  readonly clock?: Clock;
  readonly random?: Random;
}

export const environment = (): Environment => readEnvironment(process.env, CODE);

/** Opens everything that needs no port: stores, settings, the kernel and the desk. */
export async function openHouse(env: Environment, options: HouseOptions): Promise<House> {
  const { clock = systemClock, random = systemRandom } = options;
  await mkdir(env.dataFolder, { recursive: true });
  const agents = createRegistry(options.agents ?? AGENTS);
  const log = pino({ level: env.logLevel, redact: ['*.apiKey', '*.password', '*.authorization'] }, pino.destination(2));
  const report: Reporter = {
    info: (message, details) => log.info(details ?? {}, message),
    error: (message, error) =>
      log.error({ error: error instanceof Error ? { name: error.name, message: error.message, stack: error.stack } : String(error) }, message),
  };
  const folders = { defaults: join(CODE, 'config'), local: env.configFolder };
  const sender = () => settings.current().company.sender;
  const smtp = env.smtpUrl === null ? null : createMailSmtp(env.smtpUrl, sender);
  const live = () => smtp !== null && kernel.control().live;
  const actions = createActions([
    documentCreate,
    documentChange,
    taskSchedule,
    createMailSend(createMailRoute(createMailOutbox(join(env.dataFolder, 'outbox'), sender), smtp, live), sender),
    createHttpCall({ allowHosts: env.httpAllowHosts }),
    ...(options.actions ?? []),
  ]);
  const settings = await openSettings(folders, { agents: agents.list().map(({ name }) => name), actions: actions.names });

  // Only now: what was wrong before leaves the data folder to others.
  const ownership =
    options.role === 'server'
      ? await takeOwnership(env.dataFolder)
      : (await readOwner(env.dataFolder)) === null
        ? await takeOwnership(env.dataFolder).catch(() => null)
        : null;
  const stores = await openSqliteStores({ folder: env.dataFolder, clock, random, collections: COLLECTIONS });
  const journal = openJournal(stores.log, createCodec(stores.keys, random), clock, random);
  const projector =
    ownership === null
      ? foldedElsewhere(stores.documents, clock)
      : options.role === 'server'
        ? new Projector(journal, stores.documents)
        : foldOnDemand(journal, stores.documents);
  if (projector instanceof Projector) await projector.start((error) => report.error('The documents could not be brought up to the log', error));
  else await projector.reached((await stores.log.head()).number);

  const secret = await stores.keys.add('company:pseudonyms', random.bytes(32));
  const kernel: Kernel = {
    journal,
    documents: stores.documents,
    blobs: stores.blobs,
    sealedBlobs: createSealedBlobs(stores.blobs, stores.keys, random),
    projector,
    clock,
    random,
    agents,
    actions,
    settings: settings.current,
    control: await followControl(stores.documents, projector, (error) => report.error('Pauses could not be read', error)),
    pseudonym: (text) => createHmac('sha256', secret).update(text).digest('base64url').slice(0, 16),
    process: newId(random, 8),
    report,
  };
  const spend = openSpend(journal, clock, () => ({ limits: settings.current().budgets, timeZone: settings.current().company.timeZone }));
  const model =
    env.model === null
      ? null
      : createAnthropic({ ...env.model, prices: settings.current().prices, timeoutMs: MODEL_TIMEOUT, foreignLimit: FOREIGN_LIMIT, clock });
  let queueReady = false;
  const desk = createDesk({
    kernel,
    status: {
      queueReady: () => queueReady,
      live,
      needsSetup: () => !settings.current().files.some(({ name, own }) => name === 'company.yaml' && own),
      spentToday: async () => (await spend.spent()).today,
      problems: () => [settings.problem()].filter((problem) => problem !== null),
    },
    importLeads,
    setUp: async (answers) => {
      const done = await createSetUp(folders)(answers);
      await settings.reload();
      return done;
    },
  });
  return {
    env,
    kernel,
    desk,
    settings,
    stores,
    spend,
    model,
    owner: ownership !== null,
    playbook: async (name) => readPlaybook(folders, name),
    queueIsReady: () => {
      queueReady = true;
    },
    async close() {
      if (projector instanceof Projector) await projector.stop();
      await stores.close();
      await ownership?.release();
    },
  };
}

/** Read at once, not in the background: two runs at the same time must not depend on which file came first (I11). */
function readPlaybook(folders: SettingsFolders, name: string): string | null {
  if (!/^[a-z0-9-]+$/.test(name)) return null;
  const path = [folders.local, folders.defaults].map((folder) => join(folder, 'playbooks', `${name}.md`)).find((file) => existsSync(file));
  return path === undefined ? null : readFileSync(path, 'utf8');
}

/** What works on the log: director, executor and workers. */
export interface Engine {
  /** Resolves when nothing is under way that time alone would not continue. */
  idle(): Promise<void>;
  stop(): Promise<void>;
}

export async function startEngine(house: House, queue: Queue): Promise<Engine> {
  const { kernel, stores, spend, model, playbook } = house;
  const executor = new Executor(kernel);
  const worker = new Worker(kernel, { model, spend, playbook });
  const director = new Director({ kernel, queue, executor, worker, marks: stores.kv, alone: true });
  await director.start();
  return { idle: () => director.idle(), stop: () => director.stop() };
}

/** Starts the page, the intake, the director and, once the queue is up, the workers. */
export async function startServer(house: House): Promise<Running> {
  const { env, kernel, desk, settings, stores } = house;
  const onError = (error: unknown) => kernel.report.error('In the background', error);
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
    timeZone: () => settings.current().company.timeZone,
    samples: async () => ({ name: 'leads.csv', bytes: await readFile(join(CODE, 'examples', 'leads.csv')) }),
    formHint: { url: formUrl },
    log: onError,
  });
  const { url } = await page.start();
  const unfollow = await settings.follow(kernel.journal, kernel.clock, onError);

  const queue =
    env.redisUrl === null
      ? openEmbeddedQueue({ cacheFolder: join(env.dataFolder, 'cache'), clock: kernel.clock, onError })
      : await openRedisQueue({ url: env.redisUrl, prefix: env.redisPrefix, clock: kernel.clock, onError });
  const engine = await startEngine(house, queue);
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
