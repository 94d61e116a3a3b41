import { z } from 'zod';
import { id, instant, short } from './common.ts';

/** Streams `control`, `leader`, `spend:DAY`, `schedule:ID@SLOT`. */
export const controlEvents = {
  /** `agent` is a name, or `*` for all. */
  AgentPaused: z.strictObject({ agent: id, reason: short }),
  AgentResumed: z.strictObject({ agent: id }),
  PolicyLoaded: z.strictObject({ hash: z.string(), content: z.string().max(60_000) }),
  /** A changed settings file was wrong; the old one stays in force. */
  SettingsRefused: z.strictObject({ file: short, problem: z.string().max(4000) }),
  /** "Always allow this kind": a rule a person made with a click; visible and revocable. */
  RuleAdded: z.strictObject({ rule: id, kind: short, by: short }),
  RuleRevoked: z.strictObject({ rule: id, by: short }),
  /** A limit from the configuration was reached (I10). */
  LimitReached: z.strictObject({ limit: short, detail: short, until: instant.nullable() }),
  /** A test mail was taken by the mail server: live may be switched on. */
  TestMailAccepted: z.strictObject({ server: short }),
  /** Mail really leaves from here on; before, it stays in the outbox. */
  WentLive: z.strictObject({ by: short }),
  BackToPractice: z.strictObject({ by: short }),

  LeadershipTaken: z.strictObject({ epoch: z.int().positive(), process: short }),

  /** Worst case, before the call (I10). Millionths of a US dollar. */
  SpendReserved: z.strictObject({ call: id, task: id, agent: id, model: short, worstMicros: z.int().nonnegative() }),
  SpendSettled: z.strictObject({ call: id, costMicros: z.int().nonnegative() }),

  /** One slot of a schedule fires once. */
  SlotFired: z.strictObject({ schedule: id, slot: instant }),
};
