import type { Command } from 'commander';
import type { Card } from '../../bot/card.ts';
import type { House } from '../../main.ts';
import { tellAnswer } from '../answer.ts';
import { cardText } from '../card-text.ts';
import { notFound } from '../failure.ts';
import { findId } from '../find.ts';
import { EXIT, type Output } from '../output.ts';
import { examples, OWNER, type Shell, whenDone, withHouse } from '../shell.ts';
import { several } from '../values.ts';

interface DecideOptions {
  readonly item?: readonly string[];
  readonly reason?: string;
}

/** What waits for a countersignature, and giving it. */
export function addApprovals(program: Command, shell: Shell): void {
  program
    .command('approvals')
    .description('what waits for you; with an id, one card in full')
    .argument('[id]', 'the card to show, or the beginning of its id')
    .addHelpText('after', examples('approvals', 'approvals 7m2x', 'approvals --json | head -1'))
    .action((id: string | undefined) =>
      withHouse(shell, async ({ desk, kernel }, out) => {
        if (id !== undefined) {
          const card = await desk.card(await findId(kernel.documents, 'approval', id, 'card'));
          if (card === null) throw notFound(`There is no card ${id}.`);
          out.result(row(card), cardText(card));
          return EXIT.ok;
        }
        const cards = await desk.approvals();
        const columns = [
          { key: 'id', title: 'ID', width: 20 },
          { key: 'title', title: 'WHAT', width: 60 },
          { key: 'summary', title: 'WHAT HAPPENS', width: 60 },
          { key: 'agent', title: 'AGENT', width: 20 },
          { key: 'expiresAt', title: 'EXPIRES', width: 16 },
        ];
        out.rows(
          out.json
            ? cards.map(row)
            : cards.map((card) => ({
                ...row(card),
                summary: card.items.map(({ title }) => title).join(' · '),
              })),
          columns,
          'Nothing waits for you.',
        );
        if (cards.length > 0) out.say('\nSee one with: countersign approvals ID    Then: countersign approve ID, or reject ID --reason "…"');
        return EXIT.ok;
      }),
    );

  program
    .command('approve')
    .description('approve a card, or some of its items')
    .argument('<id>', 'the card, or the beginning of its id')
    .option('--item <item>', 'only this item; may be given several times; the others are asked again', several)
    .addHelpText('after', examples('approve 7m2x', 'approve 7m2x --item 4k9zq2.2'))
    .action((id: string, options: DecideOptions) => withHouse(shell, (house, out) => decide(house, out, id, 'approve', options)));

  program
    .command('reject')
    .description('reject a card; a reason lets the agent try again')
    .argument('<id>', 'the card, or the beginning of its id')
    .option('--reason <text>', 'what is wrong with it, for the agent')
    .addHelpText('after', examples('reject 7m2x', 'reject 7m2x --reason "Too long"'))
    .action((id: string, options: DecideOptions) => withHouse(shell, (house, out) => decide(house, out, id, 'reject', options)));
}

/** I5: decides exactly the items of the card as it was loaded, and says which. */
async function decide(house: House, out: Output, typed: string, verdict: 'approve' | 'reject', { item, reason }: DecideOptions): Promise<number> {
  const { desk, kernel } = house;
  const id = await findId(kernel.documents, 'approval', typed, 'card');
  const card = await desk.card(id);
  if (card === null) throw notFound(`There is no card ${typed}.`);
  const chosen = item === undefined ? card.items : card.items.filter((each) => item.includes(each.item));
  const missing = (item ?? []).filter((wanted) => !card.items.some((each) => each.item === wanted));
  if (missing.length > 0) throw notFound(`${missing.join(', ')} is not on card ${id}. On it: ${card.items.map((each) => each.item).join(', ')}.`);
  const answer = await desk.decide(
    OWNER,
    id,
    verdict,
    chosen.map(({ item: shown, revision, hash }) => ({ item: shown, revision, hash })),
    reason,
  );
  if (answer.ok) for (const each of chosen) out.say(`${verdict === 'approve' ? '✓' : '✗'} ${each.title}  (${each.item})`);
  return tellAnswer(
    out,
    answer,
    { id, verdict, items: chosen.map(({ item: shown, revision, title }) => ({ item: shown, revision, title })) },
    // A rejection without a reason asks nothing more of anybody.
    verdict === 'approve' || (reason ?? '') !== '' ? whenDone(house) : '',
  );
}

const row = ({ approval, state, title, batch, agent, confidence, highRisk, expiresAt, rules, items, context, decision, outcome }: Card) => ({
  id: approval,
  state,
  title,
  batch,
  agent,
  confidence,
  highRisk,
  expiresAt,
  rules,
  items,
  context,
  decision,
  outcome,
});
