import type { IdealCustomer } from './ideal-customer.ts';
import { type Comparable, sameLead } from './identity.ts';
import type { NormalLead } from './lead-input.ts';
import { scoreLead } from './score-lead.ts';
import { judgeSpam, type Reason, SPAM_FROM } from './spam.ts';

export type LeadVerdict = 'fit' | 'unsure' | 'unfit' | 'spam' | 'duplicate';

/** Somebody known already, as far as judging needs it. */
export interface KnownPerson {
  readonly ref: string;
  readonly person: Comparable;
  /** It was put aside as spam or unfit: nobody was shown it. */
  readonly aside: boolean;
}

export interface Judgement {
  readonly verdict: LeadVerdict;
  readonly score: number;
  /** 0 to 1. */
  readonly confidence: number;
  readonly reasons: readonly Reason[];
  readonly duplicateOf: { readonly ref: string; readonly why: string } | null;
}

/**
 * The whole heuristic judgement of one lead against those known before, oldest first. Who was
 * put aside and comes again with something of what we do is judged anew, not joined: nothing good
 * may hide behind an earlier mistake.
 */
export function judgeLead(lead: NormalLead, known: readonly KnownPerson[], profile: IdealCustomer): Judgement {
  const { score, verdict, confidence, reasons, topical } = scoreLead(lead, profile);
  const { spam, points, reasons: spamReasons } = judgeSpam(lead, topical);
  const same = known.flatMap(({ ref, person, aside }) => {
    const why = sameLead(lead, person);
    return why === null ? [] : [{ ref, why, aside }];
  });
  const found = same.find(({ aside }) => !aside) ?? (spam || (verdict !== 'fit' && !topical) ? same[0] : undefined);
  if (found !== undefined) {
    const { ref, why } = found;
    return {
      verdict: 'duplicate',
      score,
      confidence: 0.95,
      reasons: [{ name: 'Known already', points: 0, detail: why }, ...reasons],
      duplicateOf: { ref, why },
    };
  }
  // Somebody who looks for a job asks for nothing we sell, but is no spammer.
  const disqualified = verdict === 'unfit' && reasons.some((reason) => reason.points < 0) && points < 2 * SPAM_FROM;
  if (spam && !disqualified) return { verdict: 'spam', score: 0, confidence: Math.min(0.99, 0.6 + points / 300), reasons: spamReasons, duplicateOf: null };
  // What made it look like spam without being enough is for the person to see.
  const doubts = spamReasons.filter((reason) => reason.points >= 45).map(({ name, detail }) => ({ name: `Careful: ${name.toLowerCase()}`, points: 0, detail }));
  return { verdict, score, confidence: doubts.length > 0 ? Math.min(confidence, 0.6) : confidence, reasons: [...reasons, ...doubts], duplicateOf: null };
}
