import { parseArgs } from 'node:util';
import { findPart, howToGet } from '../scripts/parts.ts';
import type { Figure, Measured } from './figure.ts';
import { loopFigures } from './loop.ts';
import { mongoFigures } from './mongo.ts';
import { startFigures } from './start.ts';
import { storeFigures } from './store.ts';

/** `npm run bench [-- --json] [NAME…]`: every figure, or those whose name begins with one of the names. */
const FIGURES: readonly Figure[] = [...storeFigures, ...mongoFigures, ...loopFigures, ...startFigures];

const { values, positionals } = parseArgs({ allowPositionals: true, options: { json: { type: 'boolean' } } });
const chosen = FIGURES.filter(({ name }) => positionals.length === 0 || positionals.some((start) => name.startsWith(start)));
if (chosen.length === 0) {
  console.error(`No figure begins with ${positionals.join(' or ')}. There are:\n${FIGURES.map(({ name }) => `  ${name}`).join('\n')}`);
  process.exit(2);
}

if (!values.json)
  console.log(`${'figure'.padEnd(28)}${'ours'.padStart(12)}${'against'.padStart(12)}  ${'unit'.padEnd(12)}${'ratio'.padStart(8)}  ${'goal'.padEnd(12)}`);
let missed = 0;
for (const figure of chosen) {
  if (figure.needs !== undefined && findPart(figure.needs, process.env) === null) {
    console.log(
      values.json
        ? JSON.stringify({ name: figure.name, skipped: figure.needs })
        : `${figure.name.padEnd(28)}skipped, needs ${figure.needs}: ${howToGet(figure.needs)}`,
    );
    continue;
  }
  const measured = await figure.measure();
  if (!measured.holds) missed += 1;
  console.log(values.json ? json(figure.name, measured) : line(figure.name, measured));
}
process.exitCode = missed === 0 ? 0 : 1;

function json(name: string, { ours, against, ratio, goal, holds }: Measured): string {
  return JSON.stringify({ name, ours: rounded(ours), against: rounded(against), ratio: rounded(ratio), goal, holds });
}

function line(name: string, { ours, against, unit, ratio, goal, holds }: Measured): string {
  return `${name.padEnd(28)}${shown(ours).padStart(12)}${shown(against).padStart(12)}  ${unit.padEnd(12)}${`${ratio.toFixed(2)}×`.padStart(8)}  ${goal.padEnd(12)}${holds ? 'holds' : 'MISSED'}`;
}

function rounded(value: number): number {
  return Number(value.toPrecision(4));
}

function shown(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString('en') : value.toPrecision(3);
}
