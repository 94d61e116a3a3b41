import type { Outcome } from '../store/events/task.ts';
import { eligibleApprovers } from './policy/approvers.ts';
import type { Subject } from './policy/facts.ts';
import { itemKind } from './policy/kind.ts';
import { deferral, type ReachedLimit } from './policy/limits.ts';
import { outcomeOf } from './policy/match.ts';
import type { Policy } from './policy/schema.ts';

/** "Always allow this kind": made with a click (`RuleAdded`), not revoked. */
export interface LearnedRule {
  readonly rule: string;
  /** `itemKind` of what was on the card. */
  readonly kind: string;
}

export interface Judged {
  readonly rule: string;
  readonly outcome: Outcome;
  readonly reason: string;
}

export interface Evaluation {
  readonly outcome: Outcome;
  /** Every rule that matched and was not waived, most restrictive first. */
  readonly rules: readonly Judged[];
  readonly approvers: readonly string[];
  readonly quorum: number;
  readonly highRisk: boolean;
  /** When it would run: not before this (ms since 1970), then evaluate again. Null: at once. */
  readonly deferUntil: number | null;
  readonly deferReason: string | null;
  readonly limit: ReachedLimit | null;
  readonly kind: string;
  /** "Always allow this kind" would spare the next question: only then is it offered. */
  readonly learnable: boolean;
}

const SEVERITY: Readonly<Record<Outcome, number>> = { allow: 0, batch: 1, ask: 2, deny: 3 };
const asks = (outcome: Outcome): boolean => outcome === 'ask' || outcome === 'batch';

/**
 * What may happen with an item: all rules that match apply, the most restrictive wins
 * (`deny` > `ask` > `batch` > `allow`); nothing matches → `ask`. Pure and total.
 *
 * Evaluated when an item is proposed, at a click (who may approve, I7), and again just before the
 * effect with `approvedBy`: enough approvals of people who may approve satisfy `ask` and `batch`,
 * never `deny`, limits or quiet hours.
 *
 * A learned rule is an `allow` rule for one kind. So as not to lose against the very question it
 * answers, it waives the rules that say `waivable: true`, and "nothing matches"; the schema keeps
 * that from rules about money, contracts, suppression and repeated content, from high risk and from
 * `deny`. Which rules those are, the policy in force says, so a stricter file wins at once.
 */
export function evaluatePolicy(subject: Subject, policy: Policy, learnedRules: readonly LearnedRule[]): Evaluation {
  const kind = itemKind(subject.agent, subject.item);
  const learned = learnedRules.filter((rule) => rule.kind === kind);
  const matching = policy.rules.flatMap((rule) => {
    const says = outcomeOf(rule, subject);
    return says === null ? [] : [{ ...rule, says }];
  });
  const applied = learned.length > 0 ? matching.filter((rule) => !rule.waivable) : matching;

  const asking = applied.filter(({ says }) => asks(says));
  const { approvers, quorum } = eligibleApprovers(policy, asking, subject.facts.author);
  const judged: Judged[] = [...applied.map(({ id, says, reason }) => ({ rule: id, outcome: says, reason })), ...learned.slice(0, 1).map(judgedByLearned)];
  if (judged.length === 0) judged.push({ rule: 'no-rule', outcome: 'ask', reason: 'No rule speaks of this, so a person is asked.' });
  if (judged.some(({ outcome }) => asks(outcome)) && approvers.length < quorum)
    judged.push({
      rule: 'nobody-may-approve',
      outcome: 'deny',
      reason: `The rules together ask for ${quorum} approvals, but leave only ${approvers.length} who may give one.`,
    });

  const outcome = mostRestrictive(judged);
  const approved = asks(outcome) ? [...new Set(subject.approvedBy)].filter((person) => approvers.includes(person)) : [];
  const satisfied = approved.length >= quorum;
  if (satisfied) judged.push({ rule: 'approved', outcome: 'allow', reason: `Approved by ${approved.join(', ')}.` });

  const wait = outcome === 'deny' ? null : deferral(subject.facts, policy);
  return {
    outcome: satisfied ? 'allow' : outcome,
    rules: judged.toSorted((a, b) => SEVERITY[b.outcome] - SEVERITY[a.outcome]),
    approvers,
    quorum,
    highRisk: applied.some((rule) => rule.highRisk),
    deferUntil: wait?.until ?? null,
    deferReason: wait?.reason ?? null,
    limit: wait?.limit ?? null,
    kind,
    learnable: !satisfied && asks(outcome) && learned.length === 0 && asking.every((rule) => rule.waivable),
  };
}

const judgedByLearned = ({ rule }: LearnedRule): Judged => ({ rule: `learned:${rule}`, outcome: 'allow', reason: 'You chose "always allow this kind".' });

const mostRestrictive = (judged: readonly Judged[]): Outcome =>
  judged.reduce<Outcome>((worst, { outcome }) => (SEVERITY[outcome] > SEVERITY[worst] ? outcome : worst), 'allow');

/** How long an approved effect can still be taken back, by the surface of the click, in ms. */
export function holdFor(policy: Policy, surface: string): number {
  const { page, chat, cli, api } = policy.holdSeconds;
  const seconds = surface === 'page' ? page : surface === 'cli' ? cli : surface === 'api' ? api : chat;
  return seconds * 1000;
}
