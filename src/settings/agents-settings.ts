import { z } from 'zod';

const share = {
  /** False: it is not woken any more; what waits stays. */
  enabled: z.boolean(),
  /** Attempts at once. */
  concurrency: z.int().min(1).max(64),
  /** Attempts begun in any one minute; null = as fast as it goes. */
  ratePerMinute: z.int().min(1).max(1_000_000).nullable(),
  /** Attempts at one task before a person is asked. */
  maxAttempts: z.int().min(1).max(20),
  timeoutSeconds: z.number().min(1).max(3600),
  /** Calls of a model in one attempt. */
  modelCallsPerAttempt: z.int().min(0).max(100),
  /** US dollars for models; null = only the budget of all in policies.yaml. */
  budgetPerDayUsd: z.number().min(0).max(100_000).nullable(),
  /** Whole units of the company's currency: from here on the large model is asked. */
  highValueAbove: z.number().nonnegative(),
};

/** `config/agents.yaml`. What is left out has the value given here. */
export const agentsSchema = z.strictObject({
  /** For every agent that says nothing else. */
  defaults: z
    .strictObject({
      enabled: share.enabled.default(true),
      concurrency: share.concurrency.default(4),
      ratePerMinute: share.ratePerMinute.default(null),
      maxAttempts: share.maxAttempts.default(3),
      timeoutSeconds: share.timeoutSeconds.default(60),
      modelCallsPerAttempt: share.modelCallsPerAttempt.default(6),
      budgetPerDayUsd: share.budgetPerDayUsd.default(null),
      highValueAbove: share.highValueAbove.default(10_000),
    })
    .prefault({}),
  agents: z.record(z.string().regex(/^[a-z][a-z0-9-]*$/, 'the name of an agent such as lead-qualification'), z.strictObject(share).partial()).default({}),
  limits: z
    .strictObject({
      /** Single cards that wait for a person at once. */
      waitingCards: z.int().min(1).max(1000).default(20),
      /** Jobs of one agent in the queue, as a multiple of its concurrency. */
      queueWindow: z.number().min(1).max(20).default(2),
      /** How many tasks may have asked for one another in a row. */
      followUpDepth: z.int().min(0).max(100).default(8),
      /** Tasks that agents ask for, all together; what comes in from outside is limited at intake. */
      tasksPerHour: z.int().min(1).max(1_000_000).default(1000),
      /** Attempts at one effect before a person is asked. */
      effectAttempts: z.int().min(1).max(20).default(5),
    })
    .prefault({}),
  intake: z
    .strictObject({
      /** Posts from one network address. */
      perAddressPerHour: z.int().min(1).max(1_000_000).default(20),
      /** Posts to one form, from wherever. */
      perFormPerHour: z.int().min(1).max(1_000_000).default(500),
      bodyBytes: z.int().min(1024).max(16_777_216).default(2_097_152),
    })
    .prefault({}),
});
export type AgentsFile = z.infer<typeof agentsSchema>;
export type AgentSettings = Omit<AgentsFile['defaults'], 'timeoutSeconds'> & { readonly timeoutMs: number };

export interface AgentsSettings {
  readonly limits: AgentsFile['limits'];
  readonly intake: AgentsFile['intake'];
  /** What is set for an agent, or the defaults. */
  of(agent: string): AgentSettings;
}

export function agentsSettings({ defaults, agents, limits, intake }: AgentsFile): AgentsSettings {
  return {
    limits,
    intake,
    of(agent) {
      const own = Object.hasOwn(agents, agent) ? agents[agent] : undefined;
      const { timeoutSeconds, ...rest } = { ...defaults, ...definedOf(own ?? {}) };
      return { ...rest, timeoutMs: timeoutSeconds * 1000 };
    },
  };
}

type Own = AgentsFile['agents'][string];
type Defined = { [K in keyof Own]?: Exclude<Own[K], undefined> };

/** Without the keys whose value is undefined, which would hide a default. */
const definedOf = (own: Own): Defined => Object.fromEntries(Object.entries(own).filter(([, value]) => value !== undefined));
