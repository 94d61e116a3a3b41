import type { Policy, Rule, When } from './schema.ts';

const VERBS: Readonly<Record<Rule['then'], string>> = {
  allow: 'Allowed by itself',
  batch: 'Collected on one card',
  ask: 'You are asked',
  deny: 'Never happens',
};

/** The policy in sentences, one a line, for `doctor` and the page. Times of day are in `timeZone`. */
export function policySentences(policy: Policy, timeZone: string): readonly string[] {
  const { limits, quietHours, batch, approval, budget, holdSeconds } = policy;
  return [
    ...policy.rules.map(ruleSentence),
    'Anything else: you are asked.',
    `Who may approve: ${list(policy.approvers)}${policy.selfApproval ? '' : ', but not what they asked for or edited themselves'}.`,
    `At most ${limits.perHour} mails and calls leave in an hour, ${limits.perDay} in a day, ${limits.perRecipientPerDay} to one address in a day; the rest waits.`,
    quietHours === null ? 'There are no quiet hours.' : `Nothing leaves from ${quietHours.from} to ${quietHours.to} (${timeZone}).`,
    `Collected decisions come on the schedule "${batch.schedule}" (${batch.timeZone ?? timeZone}).`,
    `A card waits ${span(approval.expiresAfter)}; no answer means ${approval.silence === 'reject' ? 'no' : 'asking again'}.${approval.remindAfter === null ? '' : ` You are reminded after ${span(approval.remindAfter)}.`}${approval.escalate === null ? '' : ` After ${span(approval.escalate.after)}, ${list(approval.escalate.to)} are told.`}`,
    `Models may cost ${dollars(budget.perDayUsd)} a day and ${dollars(budget.perMonthUsd)} a month.`,
    `An approval can be taken back for ${holdSeconds.page} s on the page, ${holdSeconds.chat} s in chat, ${holdSeconds.cli} s on the command line, ${holdSeconds.api} s over HTTP.`,
  ];
}

function ruleSentence({ id, when, then, reason, approvers, quorum, highRisk, waivable }: Rule): string {
  const conditions = phrases(when);
  const notes = [
    ...(approvers === undefined ? [] : [`only ${list(approvers)} may approve`]),
    ...(quorum === undefined || quorum === 1 ? [] : [`${quorum} must approve`]),
    ...(highRisk ? ['asked twice'] : []),
    ...(waivable ? ['until you say "always allow this kind"'] : []),
  ];
  return `${VERBS[then]}: ${conditions.length === 0 ? 'everything' : conditions.join(', ')}${notes.length === 0 ? '' : ` (${notes.join(', ')})`}. ${reason} [${id}]`;
}

function phrases(when: When): readonly string[] {
  const say = <T>(value: T | undefined, phrase: (value: T) => string): string[] => (value === undefined ? [] : [phrase(value)]);
  return [
    ...say(when.action, (names) => list(names, 'or')),
    ...say(when.agent, (names) => `by ${list(names, 'or')}`),
    ...say(when.agentNot, (names) => `not by ${list(names, 'or')}`),
    ...say(when.entity, (names) => `on a ${list(names, 'or')}`),
    ...say(when.field, (names) => `changing ${list(names, 'or')}`),
    ...say(when.recipient, (names) => `to ${list(names, 'or')}`),
    ...say(when.confidenceBelow, (limit) => `confidence below ${percent(limit)}`),
    ...say(when.confidenceAbove, (limit) => `confidence above ${percent(limit)}`),
    ...say(when.scoreBelow, (limit) => `score below ${limit}`),
    ...say(when.scoreAbove, (limit) => `score above ${limit}`),
    ...say(when.valueAbove, (limit) => `worth more than ${limit}`),
    ...say(when.mentionsMoneyAbove, ({ amount, currency }) => `the text speaks of more than ${amount}${currency === undefined ? '' : ` ${currency}`}`),
    ...say(when.mentionsContract, () => 'the text speaks of a contract'),
    ...say(when.firstContact, (first) => (first ? 'first contact' : 'not the first contact')),
    ...say(when.sameContentWithinDays, (days) => `the same text to the same address within ${days} days`),
    ...say(when.suppressed, () => 'to a suppressed address'),
    ...say(when.feature, (features) =>
      Object.entries(features)
        .map(([name, value]) => `${name} is ${value}`)
        .join(' and '),
    ),
  ];
}

const list = (names: readonly string[], word = 'and'): string => (names.length < 2 ? names.join() : `${names.slice(0, -1).join(', ')} ${word} ${names.at(-1)}`);
const percent = (part: number): string => `${Math.round(part * 1000) / 10} %`;
const dollars = (amount: number): string => `$${amount}`;

const SPANS = [
  { name: 'day', ms: 86_400_000 },
  { name: 'hour', ms: 3_600_000 },
  { name: 'minute', ms: 60_000 },
  { name: 'second', ms: 1000 },
] as const;

function span(ms: number): string {
  const unit = SPANS.find((each) => ms % each.ms === 0);
  const count = ms / (unit?.ms ?? 1);
  return `${count} ${unit?.name ?? 'millisecond'}${count === 1 ? '' : 's'}`;
}
