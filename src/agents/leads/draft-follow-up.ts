import type { Lead } from '../../store/entities.ts';
import type { Playbook, Sent } from '../agent.ts';
import type { Company } from '../company.ts';
import { fillIn, parseLetters } from './letters.ts';
import { mailFacts, subjectLine } from './mail-facts.ts';

export interface ThreadedDraft {
  readonly subject: string;
  readonly text: string;
  readonly inReplyTo: string | null;
  readonly references: string[];
}

/** Mails after the first that nobody answered. */
export const FOLLOW_UPS = ['first', 'second'] as const;

const parse = (text: string) => parseLetters(text, 'follow-up.md', FOLLOW_UPS);
export const followUpPlaybook: Playbook = { name: 'follow-up', check: parse };

const MOST_REFERENCES = 20;

/**
 * The next mail in the thread of those already sent.
 * @param sent oldest first, at least one
 * @throws PlaybookError
 */
export function draftFollowUp(lead: Lead, company: Company, playbook: string, letter: (typeof FOLLOW_UPS)[number], sent: readonly Sent[]): ThreadedDraft {
  const { letters } = parse(playbook).of(lead.language);
  const subject = subjectLine(sent[0]?.subject ?? company.company);
  const ids = sent.map(({ messageId }) => messageId).filter((id) => id !== '');
  return {
    subject: /^re:/i.test(subject) ? subject : `Re: ${subject}`,
    text: fillIn(letters.get(letter) ?? '', mailFacts(lead, company)),
    inReplyTo: ids.at(-1) ?? null,
    references: ids.slice(-MOST_REFERENCES),
  };
}
