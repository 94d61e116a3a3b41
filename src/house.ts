import { createHmac } from 'node:crypto';
import type { ModelPort } from './agents/models/model.ts';
import type { Registry } from './agents/registry.ts';
import { importLeads } from './api/import.ts';
import { createDesk } from './bot/desk/desk.ts';
import type { Desk } from './bot/intents.ts';
import type { Environment } from './environment.ts';
import type { Actions } from './orchestrator/effects/registry.ts';
import type { Kernel, Reporter } from './orchestrator/kernel.ts';
import { openSpend, type Spend } from './orchestrator/spend.ts';
import { States } from './orchestrator/states.ts';
import { type Clock, newId, type Random } from './ports.ts';
import type { LiveSettings } from './settings/live-settings.ts';
import type { SettingsFolders } from './settings/settings-folders.ts';
import { createSetUp } from './settings/write-settings.ts';
import { followControl } from './store/cached-control.ts';
import { createCodec } from './store/codec.ts';
import { openJournal } from './store/journal.ts';
import { type Folds, foldingOf } from './store/projections/folding.ts';
import type { SharedProjections } from './store/projections/shared.ts';
import { createSealedBlobs } from './store/sealed-blobs.ts';
import type { Stores } from './store/stores.ts';

/** Everything a process has before it serves anybody: stores, settings, the kernel and the desk. */
export interface House {
  readonly env: Environment;
  readonly kernel: Kernel;
  readonly desk: Desk;
  readonly settings: LiveSettings;
  readonly stores: Stores;
  readonly spend: Spend;
  readonly model: ModelPort | null;
  /** No server runs beside this process: what it records is done at the next start. */
  readonly alone: boolean;
  /** Documents that several processes share, or null where this one alone has them. */
  readonly shared: SharedProjections | null;
  readonly playbook: (name: string) => Promise<string | null>;
  /** Mail really leaves. */
  readonly live: () => boolean;
  /** Agents can work. */
  readonly queueReady: () => boolean;
  /** Tells that they can from now on. */
  readonly queueIsReady: () => void;
  /** From now on this process decides what follows for a task, or, with null, another one. */
  readonly leadBy: (goOn: Kernel['goOn'] | null) => Promise<void>;
  close(): Promise<void>;
}

export interface HouseParts {
  readonly env: Environment;
  readonly clock: Clock;
  readonly random: Random;
  readonly report: Reporter;
  readonly agents: Registry;
  readonly actions: Actions;
  readonly folders: SettingsFolders;
  readonly settings: LiveSettings;
  readonly stores: Stores;
  readonly folds: Folds;
  readonly model: ModelPort | null;
  readonly playbook: (name: string) => Promise<string | null>;
  readonly alone: boolean;
  /** Mail can really leave from here. */
  readonly canSend: boolean;
  /** What else is given back when the house is closed. */
  readonly release: () => Promise<void>;
}

export async function buildHouse(parts: HouseParts): Promise<House> {
  const { env, clock, random, report, agents, actions, folders, settings, stores, model, playbook, alone } = parts;
  const raw = openJournal(stores.log, createCodec(stores.keys, random), clock, random);
  const states = new States(raw);
  const notFolded = (error: unknown) => report.error('The documents could not be brought up to the log', error);
  const { projections, shared, start, stop } = foldingOf(parts.folds, raw, stores.documents, clock, notFolded);
  // First of all who listen: whoever reacts to a commit finds it known.
  projections.onApplied((commits) => {
    for (const { events } of commits) states.see(events);
  });
  await start();

  let leader: Kernel['goOn'] | null = null;
  let queueReady = false;
  const secret = await stores.keys.add('company:pseudonyms', random.bytes(32));
  const kernel: Kernel = {
    journal: states.journal,
    states,
    goOn: async (draft, task) => leader?.(draft, task),
    documents: stores.documents,
    blobs: stores.blobs,
    sealedBlobs: createSealedBlobs(stores.blobs, stores.keys, random),
    projector: projections,
    clock,
    random,
    agents,
    actions,
    settings: settings.current,
    control: await followControl(stores.documents, projections, (error) => report.error('Pauses could not be read', error)),
    pseudonym: (text) => createHmac('sha256', secret).update(text).digest('base64url').slice(0, 16),
    process: newId(random, 8),
    report,
  };
  const spend = openSpend(kernel.journal, clock, () => ({ limits: settings.current().budgets, timeZone: settings.current().company.timeZone }));
  const live = () => parts.canSend && kernel.control().live;
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
    alone,
    shared,
    playbook,
    live,
    queueReady: () => queueReady,
    queueIsReady: () => {
      queueReady = true;
    },
    leadBy: async (goOn) => {
      leader = goOn;
      if (goOn === null) settings.recordNoMore();
      else await settings.recordPolicy();
    },
    async close() {
      await stop();
      await stores.close();
      await parts.release();
    },
  };
}
