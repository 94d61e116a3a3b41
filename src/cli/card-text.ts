import type { Card, Part } from '../bot/card.ts';

const indent = (text: string, by = '  '): string =>
  text
    .split('\n')
    .map((line) => `${by}${line}`.trimEnd())
    .join('\n');

/** A card as text for a terminal: everything that is on it elsewhere. */
export function cardText(card: Card): string {
  const head = [
    card.title,
    [
      card.agent,
      card.confidence === null ? '' : `confidence ${Math.round(card.confidence * 100)} %`,
      card.state === 'waiting' ? `expires ${card.expiresAt}` : card.state,
    ]
      .filter((part) => part !== '')
      .join(' · '),
    ...card.rules.map((rule) => `Asked because: ${rule}`),
    ...(card.highRisk ? ['High risk: look twice.'] : []),
  ];
  const items = card.items.map((item) =>
    [
      `${item.item}  ${item.title}  [${item.state}]`,
      ...item.body.map(partText).map((text) => indent(text)),
      ...(item.irreversible === null ? [] : [indent(item.irreversible)]),
    ].join('\n'),
  );
  const decided =
    card.decision === null
      ? []
      : [`${card.decision.verdict} by ${card.decision.by} at ${card.decision.at}${card.decision.reason === '' ? '' : `: ${card.decision.reason}`}`];
  return [head.join('\n'), ...card.context.map(partText), ...items, [...decided, ...card.outcome].join('\n')].filter((block) => block !== '').join('\n\n');
}

function partText(part: Part): string {
  switch (part.kind) {
    case 'text':
      return part.text;
    case 'fields':
      return part.fields.map(({ label, value }) => `${label}: ${value}`).join('\n');
    case 'mail':
      return `From: ${part.from}\nTo: ${part.to}\nSubject: ${part.subject}\n\n${part.text}`;
    case 'change':
      return [part.target, ...part.changes.map(({ field, from, to }) => `${field}: ${from} → ${to}`)].join('\n');
    case 'quote':
      return `${part.who} wrote:\n${indent(part.text, '> ')}`;
    case 'reasons':
      return part.reasons.map(({ name, points, detail }) => `${points > 0 ? '+' : ''}${points} ${name}: ${detail}`).join('\n');
    default:
      return part satisfies never;
  }
}
