import type { Lead } from '../../store/entities.ts';
import type { Playbook } from '../agent.ts';
import type { Company } from '../company.ts';
import { fillIn, parseLetters } from './letters.ts';
import { mailFacts, subjectLine } from './mail-facts.ts';

export interface Draft {
  readonly subject: string;
  readonly text: string;
  readonly language: string;
}

/** In the order they are taken when a person says no and does not say what is wrong. */
export const REPLY_LETTERS = ['standard', 'short', 'formal'] as const;
export type ReplyLetter = (typeof REPLY_LETTERS)[number];

const parse = (text: string) => parseLetters(text, 'reply.md', ['subject', ...REPLY_LETTERS]);
export const replyPlaybook: Playbook = { name: 'reply', check: parse };

/** The first reply from `playbooks/reply.md`, by facts alone. @throws PlaybookError */
export function draftReply(lead: Lead, company: Company, playbook: string, letter: ReplyLetter): Draft {
  const { language, letters } = parse(playbook).of(lead.language);
  const facts = mailFacts(lead, company);
  return { subject: subjectLine(fillIn(letters.get('subject') ?? '', facts)), text: fillIn(letters.get(letter) ?? '', facts), language };
}

const TOO_LONG = /\b(?:too long|shorter|short|brief|kurzer|kurz|zu lang|trop long|plus court|largo|corto|lunghissim|troppo lung|te lang|korter)/i;
const TOO_CASUAL = /\b(?:tone|formal|casual|polite|ton\b|tonfall|formlich|hoflich|sachlich|tono|formel|registre)/i;

/**
 * The letter to propose after these rejections: what the person asked for where it can be told,
 * else one they have not seen; null when all were turned down and only they can write it.
 */
export function letterAfter(rejections: readonly string[]): ReplyLetter | null {
  const seen = new Set<ReplyLetter>(['standard']);
  let next: ReplyLetter | null = 'standard';
  for (const reason of rejections) {
    const plain = reason.normalize('NFKD').replace(/\p{M}/gu, '');
    const wanted: ReplyLetter | null = TOO_LONG.test(plain) ? 'short' : TOO_CASUAL.test(plain) ? 'formal' : null;
    next = wanted !== null && !seen.has(wanted) ? wanted : (REPLY_LETTERS.find((letter) => !seen.has(letter)) ?? null);
    if (next === null) return null;
    seen.add(next);
  }
  return next;
}
