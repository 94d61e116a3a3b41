import type { Lead } from '../../store/entities.ts';
import type { JsonObject } from '../../store/json.ts';
import type { Known, Proposal, ProposedItem } from '../agent.ts';
import { minorUnits, roughly } from './budget.ts';
import type { Draft } from './draft-reply.ts';
import type { Judgement } from './judge-lead.ts';
import { changeLead, newerFacts, reasonsOf } from './lead-changes.ts';
import { oneLine } from './text.ts';

export const FIRST_FOLLOW_UP_DAYS = 4;

/** Spam or unfit: placed without a card. */
export function aside(lead: Known<'lead'>, stage: 'spam' | 'unfit', judgement: Judgement): Proposal {
  const item = changeLead(lead, { stage, score: judgement.score, reasons: reasonsOf(judgement.reasons) }, `Put ${who(lead.data)} aside as ${stage}`);
  return {
    ...judged(judgement),
    headline: oneLine(`${stage === 'spam' ? 'Spam' : 'Does not fit'}: ${who(lead.data)}`, 300),
    items: item === null ? [] : [item],
    quiet: true,
  };
}

/**
 * Known already: joined, and what is new added to what is known. A person hears of it where it matters: a
 * customer wrote, or somebody we had written to.
 */
export function joined(lead: Known<'lead'>, judgement: Judgement, known: Known<'lead'> | null, now: string): Proposal {
  const of = judgement.duplicateOf?.ref ?? null;
  const wroteBack = known?.data.stage === 'contacted' && !lead.data.origin.startsWith('csv:');
  const items = [
    changeLead(
      lead,
      { stage: 'duplicate', duplicateOf: of, score: judgement.score, reasons: reasonsOf(judgement.reasons) },
      `Join ${who(lead.data)} with ${known === null ? of : who(known.data)}`,
    ),
    known === null
      ? null
      : changeLead(
          known,
          { ...newerFacts(known.data, lead.data), ...(wroteBack ? ({ stage: 'replied', repliedAt: now } as const) : {}) },
          wroteBack ? `${who(known.data)} wrote back` : `Add what is new about ${who(known.data)}`,
        ),
  ].flatMap((item) => item ?? []);
  const headline = wroteBack ? `${who(lead.data)} wrote again` : known === null ? `A customer wrote: ${who(lead.data)}` : `Known already: ${who(lead.data)}`;
  return { ...judged(judgement), headline: oneLine(headline, 300), items, quiet: known !== null && !wroteBack };
}

/** Worth an answer: placed at once; reply, stage and follow-up wait for a person on one card. */
export function reply(lead: Known<'lead'>, judgement: Judgement, draft: Draft, notes: readonly string[], now: string): Proposal {
  const { ref, id, data } = lead;
  const features = { score: judgement.score, language: draft.language, valueMinor: worthOf(data) };
  const items: ProposedItem[] = [];
  const add = (item: ProposedItem | null): number => (item === null ? -1 : items.push(item) - 1);

  const placed = changeLead(
    lead,
    { stage: 'qualified', score: judgement.score, reasons: reasonsOf(judgement.reasons) },
    `Place ${who(data)} as qualified, score ${judgement.score}`,
  );
  const place = add(placed);
  const before = place < 0 ? [] : [place];
  const request: JsonObject = { to: data.email, subject: draft.subject, text: draft.text, inReplyTo: null, references: [] };
  const mail = add({
    action: 'mail.send',
    target: ref,
    request,
    summary: oneLine(`Reply to ${who(data)}`, 300),
    features: { ...features, purpose: 'first-reply', firstContact: true },
    after: before,
  });
  const qualified: Known<'lead'> = { ...lead, data: { ...data, stage: 'qualified' } };
  const contacted = changeLead(qualified, { stage: 'contacted', contactedAt: now }, `Mark ${who(data)} as contacted`);
  const mark = add(contacted === null ? null : { ...contacted, after: [mail] });
  add({
    ...followUp(ref, id, 1, FIRST_FOLLOW_UP_DAYS, `Follow up with ${who(data)} if there is no answer`),
    features: { ...features, purpose: 'first-follow-up' },
    after: [mail, mark].filter((index) => index >= 0),
  });
  return { ...judged(judgement, notes), headline: headlineOf(data, judgement), items };
}

/** A later task that is dropped unless they are still waiting for nothing but us. */
export function followUp(ref: string, id: string, number: number, afterDays: number, summary: string): ProposedItem {
  const guards = [{ ref, field: 'stage', equals: 'contacted' }, ...['repliedAt', 'bouncedAt', 'optedOutAt'].map((field) => ({ ref, field, equals: null }))];
  return {
    action: 'task.schedule',
    target: ref,
    request: { agent: 'lead-follow-up', input: { lead: id, number }, afterDays, guards },
    summary: oneLine(summary, 300),
  };
}

/** Every letter was turned down: the words are the person's to write. */
export const noLetterLeft = (lead: Known<'lead'>, judgement: Judgement, notes: readonly string[]): Proposal => ({
  ...judged(judgement, [
    ...notes,
    'Every letter of your playbook was turned down, and there is no model to write another. Write to them yourself, or change playbooks/reply.md and start this again.',
  ]),
  headline: oneLine(`No further draft for ${who(lead.data)}`, 300),
  items: [],
});

export const nothingToDo = (why: string): Proposal => ({ confidence: 1, headline: why, reasoning: why, reasons: [], items: [], quiet: true });

function judged({ score, confidence, reasons, verdict }: Judgement, notes: readonly string[] = []): Pick<Proposal, 'confidence' | 'reasoning' | 'reasons'> {
  const told = reasonsOf(reasons);
  return { confidence, reasoning: [...notes, `Judged ${verdict}, score ${score} of 100.`].join('\n').slice(0, 8000), reasons: told };
}

const headlineOf = (lead: Lead, { score, verdict }: Judgement): string => {
  const budget =
    lead.budgetMinor === null || lead.budgetCurrency === null ? '' : `, ${lead.budgetMinor / minorUnits(lead.budgetCurrency)} ${lead.budgetCurrency}`;
  return oneLine(`${verdict === 'fit' ? 'Good fit' : 'May fit'} (${score}): ${who(lead)}${budget}`, 300);
};

/** `Anna Weber, Acme`; an address where there is no name. One line. */
export const who = ({ name, email, company }: Pick<Lead, 'name' | 'email' | 'company'>): string =>
  oneLine(
    [name === '' ? email : name, company ?? '']
      .filter((part) => part !== '')
      .map((part) => oneLine(part, 80))
      .join(', '),
    160,
  );

const worthOf = ({ budgetMinor, budgetCurrency }: Lead): number | null =>
  budgetMinor === null || budgetCurrency === null ? null : roughly({ minor: budgetMinor, currency: budgetCurrency }, 'EUR');
