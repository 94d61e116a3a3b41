import type { Kernel } from '../../orchestrator/kernel.ts';
import { instant } from '../../ports.ts';
import type { Status } from '../intents.ts';

export interface StatusParts {
  readonly queueReady: () => boolean;
  /** Mail really leaves. */
  readonly live: () => boolean;
  readonly needsSetup: () => boolean;
  /** Millionths of a US dollar spent today. */
  readonly spentToday: () => Promise<number>;
  /** What is wrong right now: a settings file, a full disk. */
  readonly problems: () => readonly string[];
}

export async function loadStatus(kernel: Kernel, parts: StatusParts): Promise<Status> {
  const { documents } = kernel;
  const { company, policies } = kernel.settings();
  const { paused } = kernel.control();
  const leads = await documents.count('lead', { removed: false });
  const sample = parts.needsSetup();
  const now = instant(kernel.clock.now());
  return {
    company: company.company,
    practice: !parts.live(),
    waiting:
      (await documents.count('approval', { status: 'waiting', snoozedUntil: null })) +
      (await documents.count('approval', { status: 'waiting', snoozedUntil: { lte: now } })),
    behind: await documents.count('task', { asking: true }),
    running: (await documents.count('task', { status: 'running' })) + (await documents.count('task', { runnable: true, until: null })),
    failed: await documents.count('task', { attention: true }),
    leads,
    spentTodayMicros: await parts.spentToday(),
    budgetTodayMicros: Math.round(policies.budget.perDayUsd * 1_000_000),
    paused: Object.keys(paused),
    queueReady: parts.queueReady(),
    problems: [
      ...parts.problems(),
      ...(sample && leads > 0 ? [`Replies are signed by the sample company, ${company.company}. Make it yours: npx countersign init`] : []),
    ],
    // Work that is there already comes before questions.
    needsSetup: sample && leads === 0,
  };
}
