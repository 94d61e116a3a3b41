import { parseIdealCustomer } from '../src/agents/leads/ideal-customer.ts';
import { judgeLead, type KnownPerson, type LeadVerdict } from '../src/agents/leads/judge-lead.ts';
import { readLeadsCsv } from '../src/agents/leads/lead-csv.ts';
import { normalise } from '../src/agents/leads/lead-input.ts';

const LABELS = ['fit', 'unfit', 'spam', 'duplicate'] as const;
type Label = (typeof LABELS)[number];

/** `ours` and `against` are shares from 0 to 1; `against` is the goal, there is nothing else to compare with. */
export interface Figure {
  readonly name: string;
  readonly ours: number;
  readonly against: number;
  readonly ratio: number | null;
  readonly goal: string;
  readonly holds: boolean;
  /** How many leads the share is of. */
  readonly of: number;
}

type Counts = Record<LeadVerdict, number> & { readonly expected: Label; readonly total: number };

interface Judged {
  readonly line: number;
  readonly expected: Label;
  readonly verdict: LeadVerdict;
  readonly why: string;
}

/** Judges a labelled file in its order, each lead against those before it. */
export function evaluateLeads(
  csv: Uint8Array,
  profileText: string,
): { counts: readonly Counts[]; figures: readonly Figure[]; misses: readonly Judged[]; rejected: readonly { line: number; why: string }[] } {
  const profile = parseIdealCustomer(profileText);
  const { rows, rejected } = readLeadsCsv(csv, { maxRows: 100_000, maxBytes: 20_000_000, maxField: 1_000_000 });
  const known: KnownPerson[] = [];
  const judged = rows.map(({ line, input, extra }): Judged => {
    const { lead } = normalise(input);
    const { verdict, reasons, score } = judgeLead(lead, known, profile);
    if (verdict !== 'duplicate') known.push({ ref: `lead:${line}`, person: lead, aside: verdict === 'spam' || verdict === 'unfit' });
    return {
      line,
      expected: labelOf(extra['expected'], line),
      verdict,
      why: `score ${score}: ${reasons.map(({ name, points, detail }) => `${name} ${points} [${detail}]`).join('; ')}`,
    };
  });
  const of = (label: Label) => judged.filter(({ expected }) => expected === label);
  const shown = ({ verdict }: Judged) => verdict === 'fit' || verdict === 'unsure';
  const share = (all: readonly Judged[], test: (one: Judged) => boolean) => (all.length === 0 ? 0 : all.filter(test).length / all.length);
  const figure = (name: string, all: readonly Judged[], ours: number, limit: number, atMost: boolean): Figure => ({
    name,
    ours,
    against: limit,
    ratio: limit === 0 ? null : Math.round((ours / limit) * 1000) / 1000,
    goal: `${atMost ? '≤' : '≥'} ${limit * 100} %`,
    holds: atMost ? ours <= limit : ours >= limit,
    of: all.length,
  });
  const others = judged.filter(({ expected }) => expected === 'fit' || expected === 'unfit');
  const joined = ({ verdict }: Judged) => verdict === 'duplicate';
  return {
    counts: LABELS.map((expected) => ({ expected, total: of(expected).length, ...tally(of(expected)) })),
    figures: [
      figure('spam shown on a card', of('spam'), share(of('spam'), shown), 0.02, true),
      figure(
        'fit leads lost',
        of('fit'),
        share(of('fit'), (one) => !shown(one)),
        0.02,
        true,
      ),
      figure('duplicates joined', of('duplicate'), of('duplicate').length === 0 ? 1 : share(of('duplicate'), joined), 0.98, false),
      figure('wrongly joined', others, share(others, joined), 0.02, true),
    ],
    misses: judged.filter((one) => (one.expected === 'fit' ? !shown(one) : one.expected === 'unfit' ? shown(one) : one.verdict !== one.expected)),
    rejected,
  };
}

const tally = (all: readonly Judged[]): Record<LeadVerdict, number> => {
  const counts = { fit: 0, unsure: 0, unfit: 0, spam: 0, duplicate: 0 };
  for (const { verdict } of all) counts[verdict] += 1;
  return counts;
};

function labelOf(text: string | undefined, line: number): Label {
  const label = LABELS.find((known) => known === text?.trim().toLowerCase());
  if (label === undefined) throw new Error(`Line ${line}: expected one of ${LABELS.join(', ')} in the column "expected", found ${JSON.stringify(text ?? '')}.`);
  return label;
}
