import type { Outcome } from '../../store/events/task.ts';
import type { Subject } from './facts.ts';
import { touched } from './kind.ts';
import { isAbove, moneyIn } from './money.ts';
import type { Rule, When } from './schema.ts';
import { mentionsContract, requestText } from './text.ts';

const DAY = 86_400_000;

/** Yes, no, or not known (or only in part). */
type Answer = boolean | null;

/**
 * What a rule says of an item, or null when it does not speak of it. What is not known, or holds
 * only for a part of what the item touches, counts against the item: a rule that asks or denies
 * applies, one that collects asks, one that allows says nothing.
 */
export function outcomeOf(rule: Pick<Rule, 'when' | 'then'>, subject: Subject): Outcome | null {
  const answers = conditions(rule.when, subject);
  if (answers.includes(false)) return null;
  if (!answers.includes(null)) return rule.then;
  switch (rule.then) {
    case 'allow':
      return null;
    case 'batch':
    case 'ask':
      return 'ask';
    case 'deny':
      return 'deny';
    default:
      return rule.then satisfies never;
  }
}

function conditions(when: When, { agent, item, confidence, facts }: Subject): readonly Answer[] {
  const { entities, fields } = touched(item);
  const score = item.features['score'];
  const text = once(() => requestText(item.request));

  return [
    given(when.agent, (patterns) => isNamed(patterns, agent)),
    given(when.agentNot, (patterns) => !isNamed(patterns, agent)),
    given(when.action, (patterns) => isNamed(patterns, item.action)),
    given(when.entity, (wanted) => covered(wanted, entities)),
    given(when.field, (wanted) => covered(wanted, fields)),
    given(when.confidenceBelow, (limit) => known(confidence, (value) => value < limit)),
    given(when.confidenceAbove, (limit) => known(confidence, (value) => value > limit)),
    given(when.scoreBelow, (limit) => known(score, (value) => value < limit)),
    given(when.scoreAbove, (limit) => known(score, (value) => value > limit)),
    given(when.valueAbove, (limit) => known(facts.value, (value) => value > limit)),
    given(when.mentionsMoneyAbove, ({ amount, currency = facts.currency }) => moneyIn(text()).some((money) => isAbove(money, { amount, currency }))),
    given(when.mentionsContract, () => mentionsContract(text())),
    given(when.firstContact, (wanted) => facts.firstContact === wanted),
    given(when.sameContentWithinDays, (days) => facts.sameContentSentAt !== null && facts.now - facts.sameContentSentAt < days * DAY),
    given(when.suppressed, () => facts.suppressed),
    given(when.recipient, (patterns) => facts.recipients.some((address) => isAddressed(patterns, address))),
    given(when.feature, (wanted) => Object.entries(wanted).every(([name, value]) => (item.features[name] ?? null) === value)),
  ];
}

/** All, none, or only some of what an item touches. */
const covered = (wanted: readonly string[], actual: readonly string[]): Answer => {
  const count = actual.filter((name) => wanted.includes(name)).length;
  return count === 0 ? false : count === actual.length ? true : null;
};

const given = <T>(wanted: T | undefined, holds: (wanted: T) => Answer): Answer => (wanted === undefined ? true : holds(wanted));

const known = (value: unknown, holds: (value: number) => boolean): Answer => (typeof value === 'number' && !Number.isNaN(value) ? holds(value) : null);

/** `document.*` names everything that begins so. */
export const isNamed = (patterns: readonly string[], name: string): boolean =>
  patterns.some((pattern) => (pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern));

/** `*@example.com` names every address that ends so. */
const isAddressed = (patterns: readonly string[], address: string): boolean => {
  const actual = address.trim().toLowerCase();
  return patterns.map((pattern) => pattern.toLowerCase()).some((pattern) => (pattern.startsWith('*') ? actual.endsWith(pattern.slice(1)) : actual === pattern));
};

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | null = null;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
