import { describe, expect, it } from 'vitest';
import { encodeWeights } from '../../../scripts/spam/encode-weights.ts';
import { allExamples } from '../../../scripts/spam/examples.ts';
import { train } from '../../../scripts/spam/logistic-regression.ts';
import { leaveOut, total } from '../../../scripts/spam/validate.ts';
import { SPAM_WEIGHTS } from '../../../src/agents/leads/spam-weights.generated.ts';
import { decodeWeights, LARGEST } from '../../../src/agents/leads/spam-weights.ts';

const examples = allExamples();

it('the weights that ship are what the examples teach, byte for byte', () => {
  expect(encodeWeights(train(examples)) === SPAM_WEIGHTS, 'run npm run train:spam').toBe(true);
  expect(SPAM_WEIGHTS.length).toBeLessThanOrEqual(300_000);
});

it('no message stands in two places, or as both', () => {
  const seen = new Map<string, string>();
  const twice = examples.flatMap(({ family, features }) => {
    const key = features.map((feature) => feature.key).join();
    const where = seen.get(key);
    seen.set(key, family);
    return where === undefined || family.endsWith('.csv') || features.length < 12 ? [] : [`${where}, ${family}: ${key.slice(0, 80)}`];
  });
  expect(twice).toEqual([]);
});

// What nobody trained for: a whole family of spam, or a whole file of leads, left out.
describe('judges what it has not seen', () => {
  const outcomes = leaveOut(examples, ({ family }) => family);
  it('families of spam', () => {
    const { spam, missed } = total('', outcomes);
    expect(missed / spam).toBeLessThan(0.12);
  });
  it('files of leads', () => {
    const { spam, missed, genuine, accused } = total(
      '',
      outcomes.filter(({ left }) => left.endsWith('.csv')),
    );
    expect([missed / spam < 0.03, accused / genuine < 0.04]).toEqual([true, true]);
  });
});

describe('the encoding', () => {
  it('gives back bias and weights in steps, and 0 for the unknown', () => {
    const read = decodeWeights(
      encodeWeights(
        new Map([
          ['', 0.5],
          ['w:one', 1],
          ['w:two', -LARGEST],
          ['!sign', 0.07],
          ['w:faint', 0.07],
        ]),
      ),
    );
    expect(Math.abs(read.bias - 0.5)).toBeLessThan(LARGEST / 127);
    expect(Math.abs(read.of('w:one') - 1)).toBeLessThan(LARGEST / 127);
    expect(read.of('w:two')).toBe(-LARGEST);
    expect(read.of('!sign')).toBeGreaterThan(0);
    expect(read.of('w:faint')).toBe(0);
    expect(read.of('w:three')).toBe(0);
  });
});
