import { randomUUID } from 'node:crypto';
import { copyFile, mkdir, readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Agent } from '../../src/agents/agent.ts';
import { newLead, normalise } from '../../src/agents/leads/lead-input.ts';
import type { Card } from '../../src/bot/card.ts';
import type { Answer, Person, Shown } from '../../src/bot/intents.ts';
import { readEnvironment } from '../../src/environment.ts';
import { type House, openHouse, openQueue, startEngine } from '../../src/main.ts';
import { receiveLead } from '../../src/orchestrator/intake.ts';
import { openEmbeddedQueue } from '../../src/orchestrator/queue/embedded.ts';
import { instant } from '../../src/ports.ts';
import type { Where } from '../../src/store/documents.ts';
import { flushAtOnce } from '../../src/store/sqlite/flush.ts';
import { instantQueue } from './instant-queue.ts';
import { seededRandom } from './seeded-random.ts';
import { settle, VirtualClock } from './virtual-clock.ts';

export const CODE = resolve(import.meta.dirname, '..', '..');
export const OWNER: Person = { surface: 'page', user: 'owner' };
/** At the machine: no hold. */
export const AT_THE_MACHINE: Person = { surface: 'cli', user: 'owner' };

/** The whole product in one process, on the embedded store, with time and randomness in our hands. */
export interface Company {
  readonly house: House;
  readonly clock: VirtualClock;
  /** Lets everything happen that needs no time. */
  rest(): Promise<void>;
  advance(ms: number): Promise<void>;
  /** As after a night with the lid closed. */
  leap(ms: number): Promise<void>;
  /** A lead comes in by the contact form. */
  writes(name: string, email: string, message: string, more?: Readonly<Record<string, string>>): Promise<'created' | 'repeated'>;
  cards(): Promise<readonly Card[]>;
  /** Approves or rejects all that is on a card. */
  decides(card: Card, verdict: 'approve' | 'reject', reason?: string, who?: Person): Promise<Answer>;
  /** The mails in the outbox, oldest first, as text. */
  outbox(): Promise<string[]>;
  stop(): Promise<void>;
}

export interface CompanyOptions {
  readonly folder: string;
  readonly seed?: number;
  readonly start?: string;
  readonly agents?: readonly Agent[];
  readonly clock?: VirtualClock;
  /** Settings of its own, instead of the defaults: name → file. */
  readonly config?: Readonly<Record<string, string>>;
  /** `instant` or a real one: what happens then takes real time, and the clock waits for it. */
  readonly queue?: 'instant' | 'embedded' | { readonly redisUrl: string };
  /** MongoDB instead of SQLite. */
  readonly mongoUrl?: string;
}

export async function openCompany({
  folder,
  seed = 1,
  start = '2026-03-02T09:00:00.000Z',
  agents,
  clock = new VirtualClock(start),
  config = {},
  queue: wanted = 'instant',
  mongoUrl,
}: CompanyOptions): Promise<Company> {
  const configFolder = join(folder, 'config');
  await mkdir(configFolder, { recursive: true });
  for (const [name, path] of Object.entries(config)) await copyFile(path, join(configFolder, name));
  const urls = { MONGODB_URL: mongoUrl, REDIS_URL: typeof wanted === 'object' ? wanted.redisUrl : undefined, REDIS_PREFIX: `test-${randomUUID()}` };
  const env = readEnvironment({ COUNTERSIGN_DATA: join(folder, 'data'), COUNTERSIGN_CONFIG: configFolder, LOG_LEVEL: 'silent', ...urls }, CODE);
  const house = await openHouse(env, { role: 'server', clock, random: seededRandom(seed), flush: flushAtOnce, ...(agents === undefined ? {} : { agents }) });
  const onError = (error: unknown) => house.kernel.report.error('queue', error);
  const queue =
    wanted === 'instant'
      ? instantQueue(clock, onError)
      : wanted === 'embedded'
        ? openEmbeddedQueue({ cacheFolder: join(tmpdir(), 'countersign-test-queue'), clock, onError })
        : await openQueue(house, onError);
  // Its first start takes seconds, which are not what is told here.
  await queue.ready();
  const engine = await startEngine(house, queue);
  const { desk, kernel } = house;
  const idle = async () => {
    await settle();
    await engine.idle();
    await settle();
  };
  const rest = wanted === 'instant' && mongoUrl === undefined ? idle : quietly(house, idle);
  if (rest !== idle) clock.settled = rest;
  const moved = async (move: Promise<void>) => {
    await move;
    await rest();
  };
  await rest();
  return {
    house,
    clock,
    rest,
    advance: (ms) => moved(clock.advance(ms)),
    leap: (ms) => moved(clock.leap(ms)),
    async writes(name, email, message, more = {}) {
      const { lead, whole } = normalise({ name, email, message, ...more });
      const received = await receiveLead(kernel, {
        door: 'form:contact',
        deliveryId: null,
        lead: newLead(lead, 'form:contact'),
        whole,
        actor: 'system:intake',
      });
      await rest();
      return received;
    },
    cards: () => desk.approvals(),
    async decides(card, verdict, reason = '', who = AT_THE_MACHINE) {
      const answer = await desk.decide(who, card.approval, verdict, shownOn(card), reason);
      await rest();
      return answer;
    },
    outbox: () => readOutbox(join(env.dataFolder, 'outbox')),
    async stop() {
      await engine.stop();
      await queue.close();
      await house.close();
    },
  };
}

/** How long is waited for agents that run; and for those that could, but for which no alarm may have rung yet, ms. */
const PATIENCE = 5_000;
const READY_PATIENCE = 300;

/** Waits until no agent runs or could, and the log stands still: with a real queue and a server for a store, things take their time. */
function quietly({ kernel }: House, idle: () => Promise<void>): () => Promise<void> {
  let head = -1;
  const count = (where: Where) => kernel.documents.count('task', where);
  return async () => {
    const start = Date.now();
    for (let moved = start; Date.now() - start < PATIENCE; ) {
      await idle();
      const before = head;
      head = await kernel.journal.head();
      await kernel.projector.reached(head);
      if (head !== before) moved = Date.now();
      const running = await count({ status: 'running' });
      const ready = await count({ runnable: true, readyAt: { lte: instant(kernel.clock.now()) } });
      if (head === before && running === 0 && (ready === 0 || Date.now() - moved > READY_PATIENCE)) return;
      if (running + ready > 0) await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };
}

export const shownOn = (card: Card): Shown[] => card.items.map(({ item, revision, hash }) => ({ item, revision, hash }));

export async function readOutbox(folder: string): Promise<string[]> {
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.eml')).sort();
  return Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')));
}
