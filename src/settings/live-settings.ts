import type { Clock } from '../ports.ts';
import { newEvent } from '../store/events/index.ts';
import type { Journal } from '../store/journal.ts';
import { fingerprint, type KnownNames, loadSettings, type Settings } from './load-settings.ts';
import { SettingsError } from './settings-error.ts';
import type { SettingsFolders } from './settings-folders.ts';

/** How often the files are looked at, ms. */
const LOOK_EVERY = 2_000;

/** The settings in force. A changed file is read again; a wrong one leaves the old in force, visibly. */
export interface LiveSettings {
  current(): Settings;
  /** What is wrong with the files as they are now, or null. */
  problem(): string | null;
  /** Reads the files now. */
  reload(): Promise<void>;
  /** Follows the files, and puts on record which of them are refused. Returns how to stop. */
  follow(journal: Journal, clock: Clock, onError: (error: unknown) => void): () => void;
  /** Puts the policy in force on record, and each one after it: for the process that leads, once it follows. */
  recordPolicy(): Promise<void>;
  /** Leaves that to another process. */
  recordNoMore(): void;
}

/** @throws SettingsError when the files are wrong at the start */
export async function openSettings(folders: SettingsFolders, known: KnownNames): Promise<LiveSettings> {
  // First: what changes while it is read is read again.
  let seen = await fingerprint(folders);
  let settings = await loadSettings(folders, known);
  let problem: string | null = null;
  /** Hash of the last policy on record; null while another process keeps the record. */
  let recorded: string | null = null;
  let journal: Journal | null = null;

  const envelope = { actor: 'system:settings', source: 'config', cause: null, subject: null };

  async function record(): Promise<void> {
    const { policyHash, policyText } = settings;
    if (recorded === null || recorded === policyHash) return;
    await journal?.append([newEvent('control', 'PolicyLoaded', { hash: policyHash, content: policyText }, { ...envelope, correlation: policyHash })]);
    recorded = policyHash;
  }

  async function reload(): Promise<void> {
    const stamp = await fingerprint(folders);
    if (stamp === seen) return;
    seen = stamp;
    try {
      settings = await loadSettings(folders, known);
      // On record also where the policy is the one before: the page shows that all is well again.
      if (problem !== null && recorded !== null) recorded = '';
      problem = null;
      await record();
    } catch (error) {
      if (!(error instanceof SettingsError)) throw error;
      problem = error.message;
      const file = error.problems[0]?.file ?? 'settings';
      await journal?.append([
        newEvent('control', 'SettingsRefused', { file, problem: problem.slice(0, 4000) }, { ...envelope, correlation: stamp.slice(0, 100) }),
      ]);
    }
  }

  return {
    current: () => settings,
    problem: () => problem,
    reload,
    async recordPolicy() {
      const [last] = ((await journal?.readStream('control')) ?? []).filter((event) => event.type === 'PolicyLoaded').slice(-1);
      recorded = last?.type === 'PolicyLoaded' ? last.data.hash : '';
      await record();
    },
    recordNoMore() {
      recorded = null;
    },
    follow(log, clock, onError) {
      journal = log;
      let cancel = () => {};
      const look = () => {
        cancel = clock.at(clock.now() + LOOK_EVERY, () => reload().catch(onError).finally(look));
      };
      look();
      return () => cancel();
    },
  };
}
