import { z } from 'zod';
import { CountersignError } from '../store/errors.ts';
import { defineAgent, type Known, type Proposal, type ProposedItem } from './agent.ts';
import { draftFollowUp, FOLLOW_UPS, followUpPlaybook } from './leads/draft-follow-up.ts';
import { changeLead } from './leads/lead-changes.ts';
import { followUp, nothingToDo, who } from './leads/lead-proposals.ts';
import { oneLine } from './leads/text.ts';

/** `number`: 1 and 2 are mails; 3 closes what stayed unanswered. */
const input = z.strictObject({
  lead: z.string().min(1).max(100),
  number: z
    .int()
    .min(1)
    .max(FOLLOW_UPS.length + 1),
});

/** Days from one to the next: after the first follow-up, after the second. */
const DAYS = [7, 14] as const;

export const leadFollowUp = defineAgent({
  name: 'lead-follow-up',
  version: '1',
  does: 'Writes to people who did not answer, twice at most and in the same thread, then closes them.',
  input,
  playbooks: [followUpPlaybook],

  run: async ({ lead: id, number }, context) => {
    const lead = await context.get('lead', id);
    if (lead === null) return nothingToDo('The lead was removed meanwhile.');
    const { stage, repliedAt, bouncedAt, optedOutAt } = lead.data;
    if (stage !== 'contacted' || repliedAt !== null || bouncedAt !== null || optedOutAt !== null)
      return nothingToDo('They answered, or are not to be written to any more.');

    const letter = FOLLOW_UPS[number - 1];
    if (letter === undefined) return close(lead);
    const sent = await context.sent(lead.ref);
    if (sent.length === 0) return nothingToDo('No first mail was sent, so there is nothing to follow up.');
    // Turned down once, a follow-up is not pressed upon a person again.
    if (context.rejections.length > 0) return { ...nothingToDo('You turned the follow-up down; none will be sent.'), quiet: false };
    const playbook = await context.playbook('follow-up');
    if (playbook === null)
      throw new CountersignError(
        'MissingPlaybook',
        'There is no playbook follow-up.md. Put one into config/local/playbooks/, or restore config/playbooks/follow-up.md.',
      );

    const mail: ProposedItem = {
      action: 'mail.send',
      target: lead.ref,
      request: { to: lead.data.email, ...draftFollowUp(lead.data, context.company, playbook, letter, sent) },
      summary: oneLine(`${number === 1 ? 'First' : 'Second and last'} follow-up to ${who(lead.data)}`, 300),
      features: { purpose: `${letter}-follow-up`, firstContact: false, score: lead.data.score },
    };
    const next = {
      ...followUp(
        lead.ref,
        id,
        number + 1,
        DAYS[number - 1] ?? 14,
        number < FOLLOW_UPS.length ? `Follow up with ${who(lead.data)} once more` : `Close ${who(lead.data)} if there is still no answer`,
      ),
      features: { purpose: 'next-follow-up' },
      after: [0],
    };
    const why = `No answer from ${who(lead.data)} since ${sent.at(-1)?.at.slice(0, 10) ?? 'the last mail'}.`;
    return {
      confidence: 0.85,
      headline: oneLine(`Follow-up ${number} of ${FOLLOW_UPS.length}: ${who(lead.data)}`, 300),
      reasoning: why,
      reasons: [],
      items: [mail, next],
    };
  },
});

function close(lead: Known<'lead'>): Proposal {
  const item = changeLead(lead, { stage: 'lost' }, `Close ${who(lead.data)}: no answer`);
  return {
    confidence: 0.9,
    headline: oneLine(`Closed: ${who(lead.data)} never answered`, 300),
    reasoning: 'Two follow-ups stayed without an answer.',
    reasons: [],
    items: item === null ? [] : [item],
    quiet: true,
  };
}
