import { asksFor } from './asking.ts';
import { minorUnits, roughly } from './budget.ts';
import type { Criterion, IdealCustomer, LeadFact, LeadField } from './ideal-customer.ts';
import { isPrivateAddress, type NormalLead } from './lead-input.ts';
import type { Reason } from './spam.ts';
import { searchable } from './text.ts';

export interface Score {
  /** 0 to 100: the sum of the points, cut off at both ends. */
  readonly score: number;
  readonly verdict: 'fit' | 'unfit' | 'unsure';
  /** 0 to 1: how far from the next other verdict, and how much there was to judge. */
  readonly confidence: number;
  readonly reasons: readonly Reason[];
  /** The message speaks of what the company does. */
  readonly topical: boolean;
}

/** How well a lead fits the ideal customer. Pure; each point has a named reason. */
export function scoreLead(lead: NormalLead, profile: IdealCustomer): Score {
  const texts = new Map<LeadField, string>();
  const textOf = (field: LeadField): string => {
    const known = texts.get(field) ?? searchable(lead[field] ?? '');
    texts.set(field, known);
    return known;
  };
  const found = profile.criteria.flatMap((criterion) => {
    const seen =
      criterion.phrases === null
        ? criterion.has.filter((fact) => knows(lead, fact))
        : criterion.in.flatMap((field) => criterion.phrases?.in(textOf(field)) ?? []);
    return seen.length === 0 ? [] : [{ criterion, seen: [...new Set(seen)] }];
  });
  const reasons = [
    ...found.map(({ criterion, seen }) => ({ name: criterion.name, points: criterion.weight, detail: seen.slice(0, 4).join(', ') })),
    ...budgetReason(lead, profile),
  ];
  const score = Math.max(0, Math.min(100, Math.round(reasons.reduce((sum, { points }) => sum + points, 0))));
  // Who has the money for a project is for the person to see, whatever words they use.
  const affordable = profile.budget !== null && reasons.some(({ name, points }) => name === BUDGET && points > 0);
  const verdict = score >= profile.fit ? 'fit' : score < profile.unfit && !affordable ? 'unfit' : 'unsure';
  const topical = found.some(({ criterion }) => isTopic(criterion));
  return { score, verdict, confidence: confidence(lead, score, verdict, profile, topical), reasons, topical };
}

const isTopic = ({ weight, phrases, in: places }: Criterion): boolean => weight >= 20 && phrases !== null && places.includes('message');

function knows(lead: NormalLead, fact: LeadFact): boolean {
  switch (fact) {
    case 'business-address':
      return !isPrivateAddress(lead.email);
    case 'budget':
      return lead.budgetMinor !== null;
    case 'request':
      return asksFor(lead.message).length > 0;
    case 'company':
    case 'website':
    case 'phone':
    case 'role':
      return lead[fact] !== null;
    default:
      return fact satisfies never;
  }
}

const BUDGET = 'Budget';

/** The whole weight from the minimum on; nothing just below; five times the weight against it far below. */
function budgetReason(lead: NormalLead, { budget }: IdealCustomer): Reason[] {
  if (budget === null || lead.budgetMinor === null || lead.budgetCurrency === null) return [];
  const minor = roughly({ minor: lead.budgetMinor, currency: lead.budgetCurrency }, budget.minimum.currency);
  const detail = `${lead.budgetMinor / minorUnits(lead.budgetCurrency)} ${lead.budgetCurrency}`;
  if (minor >= budget.minimum.minor) return [{ name: BUDGET, points: budget.weight, detail }];
  return minor * 8 < budget.minimum.minor ? [{ name: 'Budget far too small', points: -5 * budget.weight, detail }] : [];
}

function confidence(lead: NormalLead, score: number, verdict: Score['verdict'], { fit, unfit }: IdealCustomer, topical: boolean): number {
  const said = lead.message.length >= 40 ? 0.1 : 0;
  const understood = topical ? 0.1 : 0;
  const distance = verdict === 'fit' ? (score - fit) / Math.max(1, 100 - fit) : verdict === 'unfit' ? (unfit - score) / Math.max(1, unfit) : 0;
  const base = verdict === 'unsure' ? 0.3 : 0.55 + 0.25 * distance;
  return Math.round(Math.min(0.95, base + said + understood) * 100) / 100;
}
