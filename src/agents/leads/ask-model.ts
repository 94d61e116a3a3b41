import { z } from 'zod';
import type { Lead } from '../../store/entities.ts';
import type { AgentContext } from '../agent.ts';
import type { Tier } from '../models/model.ts';
import { inventedIn } from './check-draft.ts';
import type { Draft } from './draft-reply.ts';
import { subjectLine } from './mail-facts.ts';

const short = (max: number) => z.string().max(max);

const opinionSchema = z.strictObject({
  verdict: z.enum(['fit', 'unsure', 'unfit', 'spam']),
  score: z.int().min(0).max(100),
  confidence: z.number().min(0).max(1),
  reasons: z.array(z.strictObject({ name: short(100), detail: short(300) })).max(8),
  subject: short(150),
  reply: short(4000),
});

export interface Opinion extends Pick<z.infer<typeof opinionSchema>, 'verdict' | 'score' | 'confidence' | 'reasons'> {
  readonly model: string;
  /** null: it was not usable; `trouble` says why. */
  readonly draft: Pick<Draft, 'subject' | 'text'> | null;
  readonly trouble: string | null;
}

export interface Brief {
  readonly lead: Lead;
  /** The heuristic's letter: facts, language and tone to keep to. */
  readonly letter: Draft;
  readonly idealCustomer: string;
  readonly rejections: readonly string[];
  /** Worth the large model from the start. */
  readonly valuable: boolean;
}

const SURE = 0.6;

/**
 * A model's judgement and reply, or null when none is to be had. The small one first; the large
 * one where much is at stake or the small one was not sure. What a draft invents is not used.
 */
export async function askModel(context: AgentContext, brief: Brief): Promise<Opinion | null> {
  const first = await askTier(context, brief, brief.valuable ? 'large' : 'small');
  if (first === null || brief.valuable || first.confidence >= SURE) return first;
  return (await askTier(context, brief, 'large')) ?? first;
}

async function askTier({ ask, company }: AgentContext, { lead, letter, idealCustomer, rejections }: Brief, tier: Tier): Promise<Opinion | null> {
  const instructions = [
    `You judge an enquiry for ${company.company} and write the first reply. What the company does: ${company.offer}`,
    `Its ideal customer:\n${idealCustomer || company.idealCustomer}`,
    'verdict: fit = worth a reply by a person; unfit = asks for something else, looks for a job, a survey and the like; spam = sells something or deceives; unsure = anything you cannot tell. In doubt between fit and unfit answer unsure. score: 0 to 100, how close to the ideal customer. confidence: 0 to 1.',
    `reply: plain text, in the language of their message if it is one of en, de, fr, es, else in English; at most 150 words; signed ${company.sender.name}, ${company.company}. Answer what they asked, ask for what is missing, promise nothing: no price, date, discount, reference or link that is not in the data. subject: one line.`,
    `Keep to the tone of this letter, which goes out if yours cannot be used:\n${letter.text}`,
    ...(rejections.length > 0
      ? [
          `The person who approves turned earlier drafts down and said:\n${rejections.map((reason) => `- ${reason}`).join('\n')}\nWrite a different one that heeds this.`,
        ]
      : []),
  ].join('\n\n');
  const { name, company: theirs, role, country, website, budgetMinor, budgetCurrency } = lead;
  const answered = await ask({
    purpose: 'qualify-lead',
    tier,
    instructions,
    foreign: [
      {
        label: 'sender',
        text: JSON.stringify({ name, company: theirs, role, country, website, budget: budgetMinor === null ? null : `${budgetMinor / 100} ${budgetCurrency}` }),
      },
      { label: 'message', text: lead.message },
    ],
    answer: opinionSchema,
    maxTokens: 1500,
  });
  if (answered === null) return null;
  const { subject, reply, ...judgement } = answered.answer;
  const sources = [
    lead.message,
    name,
    theirs ?? '',
    website ?? '',
    lead.email,
    lead.role ?? '',
    budgetMinor === null ? '' : String(budgetMinor / 100),
    letter.text,
    letter.subject,
    company.company,
    company.offer,
    company.website ?? '',
    company.sender.name,
    company.sender.email,
  ];
  const invented = inventedIn(`${subject}\n${reply}`, sources);
  const trouble =
    reply.trim() === '' || subjectLine(subject) === ''
      ? 'it wrote no reply'
      : invented.length > 0
        ? `it named what nobody gave it: ${invented.slice(0, 5).join(', ')}`
        : null;
  return { ...judgement, model: answered.model, draft: trouble === null ? { subject: subjectLine(subject), text: plain(reply) } : null, trouble };
}

const plain = (text: string): string =>
  text
    .toWellFormed()
    .replace(/\r\n?/g, '\n')
    .replace(/[^\P{C}\n\t]/gu, '')
    .trim();
