import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { defineAgent } from '../src/agents/agent.ts';
import { newLead, normalise } from '../src/agents/leads/lead-input.ts';
import { readEnvironment } from '../src/environment.ts';
import { type House, openHouse, startEngine } from '../src/main.ts';
import type { ExternalAction } from '../src/orchestrator/effects/action.ts';
import { receiveLead } from '../src/orchestrator/intake.ts';
import { openEmbeddedQueue } from '../src/orchestrator/queue/embedded.ts';
import { atLeast, atMost, type Figure, median, type Pair } from './figure.ts';
import { bareJobsPerSecond, bareLatencies } from './queue.ts';

/** The whole way, on the embedded parts, to a target that answers at once: what the orchestration costs. */

const CODE = resolve(import.meta.dirname, '..');
const TASKS = 1_000;
const CLICKS = 100;

interface Target {
  readonly done: number[];
  onDone: () => void;
}

const noteSchema = z.strictObject({ text: z.string() });

function noteTo(target: Target): ExternalAction<z.infer<typeof noteSchema>> {
  return {
    kind: 'external',
    name: 'bench.note',
    schema: noteSchema,
    show: ({ text }) => [{ kind: 'text', text }],
    irreversible: null,
    connector: {
      name: 'bench',
      timeout: 30_000,
      recovery: 'repeat',
      async perform() {
        target.done.push(performance.now());
        target.onDone();
        return { ok: true };
      },
    },
  };
}

const noting = (name: string) =>
  defineAgent({
    name,
    version: '1',
    does: 'Notes each lead.',
    input: z.strictObject({ lead: z.string() }),
    wakes: (event) => (event.type === 'DocumentCreated' ? { about: event.stream, input: { lead: event.stream }, reason: 'bench' } : null),
    run: async ({ lead }) => ({
      confidence: 1,
      headline: 'Noted',
      reasoning: '',
      reasons: [],
      items: [{ action: 'bench.note', target: lead, request: { text: lead }, summary: 'Note it' }],
    }),
  });

const POLICY = (outcome: 'allow' | 'ask') =>
  `rules:\n  - id: notes\n    when: { action: bench.note }\n    then: ${outcome}\n    reason: For the bench.\nlimits: { perHour: 1000000, perDay: 1000000, perRecipientPerDay: 1000000 }\n`;
const AGENTS = 'defaults: { concurrency: 16 }\nlimits: { waitingCards: 1000, tasksPerHour: 1000000 }\n';

async function withEngine<T>(outcome: 'allow' | 'ask', measure: (house: House, target: Target) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-bench-'));
  const config = join(folder, 'config');
  await mkdir(config);
  await writeFile(join(config, 'policies.yaml'), POLICY(outcome));
  await writeFile(join(config, 'agents.yaml'), AGENTS);
  const target: Target = { done: [], onDone: () => {} };
  const house = await openHouse(readEnvironment({ COUNTERSIGN_DATA: join(folder, 'data'), COUNTERSIGN_CONFIG: config, LOG_LEVEL: 'error' }, CODE), {
    role: 'server',
    agents: [noting('bench')],
    actions: [noteTo(target)],
  });
  const queue = openEmbeddedQueue({ cacheFolder: join(tmpdir(), 'countersign-bench-queue'), clock: house.kernel.clock, onError: console.error });
  const engine = await startEngine(house, queue);
  try {
    await queue.ready();
    return await measure(house, target);
  } finally {
    await engine.stop();
    await queue.close();
    await house.close();
    await rm(folder, { recursive: true, force: true });
  }
}

const arrive = (house: House, number: number) => {
  const { lead, whole } = normalise({
    name: `Lead ${number}`,
    email: `lead${number}@bench.example`,
    message: `A message of ordinary length, number ${number}, about a shop that needs work.`,
  });
  return receiveLead(house.kernel, { door: 'command', deliveryId: null, lead: newLead(lead, 'command'), whole, actor: 'system:bench' });
};

const until = (target: Target, count: number) =>
  new Promise<void>((resolve) => {
    const check = () => target.done.length >= count && resolve();
    target.onDone = check;
    check();
  });

/** From the intake of the first to the effect of the last. */
const tasksPerSecond = () =>
  withEngine('allow', async (house, target) => {
    await Promise.all(Array.from({ length: 50 }, (_, number) => arrive(house, -1 - number)));
    await until(target, 50);
    const start = performance.now();
    await Promise.all(Array.from({ length: TASKS }, (_, number) => arrive(house, number)));
    await until(target, 50 + TASKS);
    return (TASKS * 1000) / (performance.now() - start);
  });

/** From the click to the target, one by one, ms. */
const clickLatencies = () =>
  withEngine('ask', async (house, target) => {
    const latencies: number[] = [];
    const who = { surface: 'cli', user: 'owner' };
    for (let number = 0; number < CLICKS + 10; number += 1) {
      await arrive(house, number);
      let [card] = await house.desk.approvals();
      while (card === undefined) {
        await new Promise((resolve) => setTimeout(resolve, 5));
        [card] = await house.desk.approvals();
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
      const start = performance.now();
      const happened = until(target, number + 1);
      const answer = house.desk.decide(who, card.approval, 'approve', card.items);
      await happened;
      if (number >= 10) latencies.push((target.done.at(-1) ?? 0) - start);
      await answer;
      while ((await house.desk.approvals()).length > 0) await new Promise((resolve) => setTimeout(resolve, 5));
    }
    return latencies.sort((a, b) => a - b);
  });

const at = (sorted: readonly number[], share: number) => sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;

let clicks: Promise<{ ours: readonly number[]; against: readonly number[] }> | null = null;
const bothLatencies = () => {
  clicks ??= (async () => ({ ours: await clickLatencies(), against: await bareLatencies(CLICKS) }))();
  return clicks;
};

async function medianOf(rounds: number, ours: () => Promise<number>, against: () => Promise<number>): Promise<Pair> {
  const pairs: Pair[] = [];
  for (let round = 0; round < rounds; round += 1) pairs.push({ ours: await ours(), against: await against() });
  return { ours: median(pairs.map((pair) => pair.ours)), against: median(pairs.map((pair) => pair.against)) };
}

export const loopFigures: readonly Figure[] = [
  {
    name: 'loop.tasks',
    measure: async () => atLeast(0.5, await medianOf(3, tasksPerSecond, () => bareJobsPerSecond(TASKS)), 'tasks/s'),
  },
  {
    name: 'loop.click.p50',
    async measure() {
      const { ours, against } = await bothLatencies();
      return atMost(1.5, { ours: at(ours, 0.5), against: at(against, 0.5) }, 'ms');
    },
  },
  {
    name: 'loop.click.p99',
    async measure() {
      const { ours, against } = await bothLatencies();
      return atMost(4, { ours: at(ours, 0.99), against: at(against, 0.99) }, 'ms');
    },
  },
];
