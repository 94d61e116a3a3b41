import type { NormalLead } from './lead-input.ts';
import { type Feature, featuresOf } from './spam-features.ts';
import { spamWeights } from './spam-weights.ts';

export interface Reason {
  readonly name: string;
  readonly points: number;
  readonly detail: string;
}

export interface SpamVerdict {
  readonly spam: boolean;
  /** `SPAM_FROM` and more is spam. */
  readonly points: number;
  readonly reasons: readonly Reason[];
}

export const SPAM_FROM = 50;
/** Points for each unit of log-odds. */
const POINTS = 12.5;

/**
 * Whether a lead is spam: logistic regression with weights learned from `training/leads`
 * (`npm run train:spam`). Each reason is what the model weighed, the strongest first. Pure; linear in the text.
 * @param topical the message speaks of what the company does
 */
export function judgeSpam(lead: NormalLead, topical: boolean): SpamVerdict {
  const weights = spamWeights();
  const weighed = featuresOf(lead, topical).map((feature) => ({ ...feature, points: POINTS * feature.value * weights.of(feature.key) }));
  const points = Math.round(SPAM_FROM + POINTS * weights.bias + weighed.reduce((sum, { points }) => sum + points, 0));
  return { spam: points >= SPAM_FROM, points, reasons: reasonsOf(weighed) };
}

type Weighed = Feature & { readonly points: number };

function reasonsOf(weighed: readonly Weighed[]): Reason[] {
  const signs = weighed.filter(({ kind }) => kind === 'sign').map(({ shown, points, detail }) => ({ name: shown, points: Math.round(points), detail }));
  return [...wording('Worded like spam', weighed, 'text'), ...wording('Sender like those of spam', weighed, 'sender'), ...signs]
    .filter(({ points }) => points !== 0)
    .sort((a, b) => b.points - a.points);
}

/** What the words add up to, shown by those that say the same most strongly. */
function wording(name: string, weighed: readonly Weighed[], kind: Feature['kind']): Reason[] {
  const words = new Map<string, number>();
  for (const { kind: of, shown, points } of weighed) if (of === kind) words.set(shown, (words.get(shown) ?? 0) + points);
  const sum = Math.round([...words.values()].reduce((total, points) => total + points, 0));
  const strongest = [...words].filter(([, points]) => points * sum > 0).sort(([, a], [, b]) => Math.abs(b) - Math.abs(a));
  return strongest.length === 0
    ? []
    : [
        {
          name: sum > 0 ? name : name.replace('spam', 'an enquiry'),
          points: sum,
          detail: strongest
            .slice(0, 4)
            .map(([shown]) => shown)
            .join(', '),
        },
      ];
}
