import type { Example } from './corpus.ts';
import { logit, train } from './logistic-regression.ts';

/** How a model judges what it was not trained on. */
export interface Outcome {
  readonly left: string;
  readonly spam: number;
  /** Of the spam, judged genuine. */
  readonly missed: number;
  readonly genuine: number;
  /** Of the genuine, judged spam. */
  readonly accused: number;
}

/** Each group in turn is left out of the training and judged by what the others taught. */
export function leaveOut(examples: readonly Example[], groupOf: (example: Example, index: number) => string): Outcome[] {
  const groups = new Map<string, Example[]>();
  examples.forEach((example, index) => {
    const group = groupOf(example, index);
    groups.set(group, [...(groups.get(group) ?? []), example]);
  });
  return [...groups].map(([left, judged]) => {
    const out = new Set(judged);
    const weights = train(examples.filter((example) => !out.has(example)));
    const wrong = judged.filter((example) => logit(weights, example) >= 0 !== example.spam);
    const spam = judged.filter((example) => example.spam).length;
    const missed = wrong.filter((example) => example.spam).length;
    return { left, spam, missed, genuine: judged.length - spam, accused: wrong.length - missed };
  });
}

export const total = (left: string, outcomes: readonly Outcome[]): Outcome =>
  outcomes.reduce(
    (sum, { spam, missed, genuine, accused }) => ({
      left,
      spam: sum.spam + spam,
      missed: sum.missed + missed,
      genuine: sum.genuine + genuine,
      accused: sum.accused + accused,
    }),
    { left, spam: 0, missed: 0, genuine: 0, accused: 0 },
  );
