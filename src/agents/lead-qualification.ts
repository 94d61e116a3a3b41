import { z } from 'zod';
import { type Lead, lead as leadSchema } from '../store/entities.ts';
import { CountersignError } from '../store/errors.ts';
import { type AgentContext, defineAgent, type Known, type Proposal } from './agent.ts';
import { askModel, type Opinion } from './leads/ask-model.ts';
import { roughly } from './leads/budget.ts';
import { type Draft, draftReply, letterAfter, replyPlaybook } from './leads/draft-reply.ts';
import { findKnown } from './leads/find-known.ts';
import { type IdealCustomer, idealCustomerPlaybook, parseIdealCustomer } from './leads/ideal-customer.ts';
import { type Judgement, judgeLead } from './leads/judge-lead.ts';
import { aside, joined, noLetterLeft, nothingToDo, reply } from './leads/lead-proposals.ts';

const input = z.strictObject({ lead: z.string().min(1).max(100) });

/** A budget this many times the smallest project is worth the large model. */
const VALUABLE = 5;

export const leadQualification = defineAgent({
  name: 'lead-qualification',
  version: '1',
  does: 'Sorts new leads, finds those you know already, and drafts a first reply with a follow-up to each good one.',
  input,
  playbooks: [idealCustomerPlaybook, replyPlaybook],

  wakes: (event) => {
    if (event.type !== 'DocumentCreated' || event.data.entity !== 'lead') return null;
    const parsed = leadSchema.safeParse(event.data.fields);
    if (!parsed.success || parsed.data.stage !== 'new') return null;
    const { budgetMinor, budgetCurrency, origin } = parsed.data;
    return {
      about: event.stream,
      input: { lead: event.stream.slice('lead:'.length) },
      reason: `New lead from ${origin}`,
      // Somebody who wrote just now, or whom the person typed in, goes before a file of hundreds.
      priority: event.actor.startsWith('human:') && !origin.startsWith('csv:') ? 8 : origin.startsWith('form:') ? 5 : 2,
      value: budgetMinor === null || budgetCurrency === null ? null : roughly({ minor: budgetMinor, currency: budgetCurrency }, 'EUR'),
    };
  },

  run: async ({ lead: id }, context) => {
    const lead = await context.get('lead', id);
    if (lead === null) return nothingToDo('The lead was removed meanwhile.');
    if (lead.data.contactedAt !== null || lead.data.optedOutAt !== null) return nothingToDo('They were written to already, or do not want mail.');
    const profile = parseIdealCustomer(await playbook(context, 'ideal-customer'));
    // Whoever was sorted already comes again only because a person wants it: they get their reply.
    const fresh = lead.data.stage === 'new';
    const judgement = judgeLead(lead.data, fresh ? await findKnown(context, lead, profile) : [], profile);

    if (fresh && judgement.verdict === 'duplicate') return joined(lead, judgement, await knownLead(context, judgement), context.now);
    if (fresh && (judgement.verdict === 'spam' || judgement.verdict === 'unfit')) return aside(lead, judgement.verdict, judgement);
    return answer(context, lead, judgement, profile, fresh);
  },
});

async function answer(context: AgentContext, lead: Known<'lead'>, judgement: Judgement, profile: IdealCustomer, fresh: boolean): Promise<Proposal> {
  const { rejections, company } = context;
  const letters = await playbook(context, 'reply');
  const next = letterAfter(rejections);
  const letter = draftReply(lead.data, company, letters, next ?? 'standard');
  const opinion = await askModel(context, {
    lead: lead.data,
    letter,
    idealCustomer: profile.description,
    rejections,
    valuable: isValuable(lead.data, profile),
  });
  // A model may put aside what the rules could not place, not what they found good: text that argues must not lose a customer (I8).
  if (fresh && opinion !== null && judgement.verdict === 'unsure' && (opinion.verdict === 'spam' || opinion.verdict === 'unfit') && opinion.confidence >= 0.7) {
    return aside(lead, opinion.verdict, agreed(judgement, opinion));
  }
  const mine: Draft | null = next === null ? null : letter;
  const draft = opinion?.draft ? { ...opinion.draft, language: letter.language } : mine;
  const notes = [
    ...(opinion?.trouble ? [`The draft of ${opinion.model} was not used: ${opinion.trouble}. This is the letter from your playbook.`] : []),
    ...(rejections.length > 0 ? [`You said: ${rejections.map((reason) => `“${reason}”`).join(', ')}`] : []),
    ...(rejections.length > 0 && !opinion?.draft && draft !== null
      ? ['Without a model only the letter could be changed for another of your playbook. To say it in your own words, edit it.']
      : []),
  ];
  const agreedOn = opinion === null ? judgement : agreed(judgement, opinion);
  return draft === null ? noLetterLeft(lead, agreedOn, notes) : reply(lead, agreedOn, draft, notes, context.now);
}

/** Rules and model together: the mean score, and the lower confidence where they differ. */
function agreed(judgement: Judgement, { verdict, score, confidence, reasons, model }: Opinion): Judgement {
  const same = verdict === judgement.verdict;
  return {
    ...judgement,
    score: Math.round((judgement.score + score) / 2),
    confidence: same ? Math.max(confidence, judgement.confidence) : Math.min(confidence, judgement.confidence),
    reasons: [...judgement.reasons, ...reasons.map(({ name, detail }) => ({ name: model, points: 0, detail: `${name}: ${detail}` }))],
  };
}

const isValuable = ({ budgetMinor, budgetCurrency }: Lead, { budget }: IdealCustomer): boolean =>
  budget !== null &&
  budgetMinor !== null &&
  budgetCurrency !== null &&
  roughly({ minor: budgetMinor, currency: budgetCurrency }, budget.minimum.currency) >= VALUABLE * budget.minimum.minor;

async function knownLead(context: AgentContext, { duplicateOf }: Judgement): Promise<Known<'lead'> | null> {
  const [entity, id] = duplicateOf?.ref.split(':') ?? [];
  return entity === 'lead' && id !== undefined ? context.get('lead', id) : null;
}

async function playbook(context: AgentContext, name: string): Promise<string> {
  const text = await context.playbook(name);
  if (text === null)
    throw new CountersignError(
      'MissingPlaybook',
      `There is no playbook ${name}.md. Put one into config/local/playbooks/, or restore config/playbooks/${name}.md.`,
    );
  return text;
}
