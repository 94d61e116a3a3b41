import { z } from 'zod';
import { defineAgent } from '../../src/agents/agent.ts';

const PRESS = /\b(journalist|reporter|editor|press kit|interview|podcast)\b/i;

/**
 * The smallest useful agent: journalists get an answer of their own. It reads one document and
 * proposes one mail; whether that is sent, policy and a person decide.
 */
export const pressInquiries = defineAgent({
  name: 'press-inquiries',
  version: '1',
  does: 'Answers journalists with the facts they ask for.',
  input: z.strictObject({ lead: z.string() }),

  wakes(event) {
    if (event.type !== 'DocumentCreated' || event.data.entity !== 'lead') return null;
    const { message } = event.data.fields;
    if (typeof message !== 'string' || !PRESS.test(message)) return null;
    return { about: event.stream, input: { lead: event.stream.slice('lead:'.length) }, reason: 'Somebody from the press wrote', priority: 5 };
  },

  async run({ lead: id }, { get, company }) {
    const lead = await get('lead', id);
    if (lead === null) return { confidence: 1, headline: 'The lead is gone', reasoning: 'Nothing to answer.', reasons: [], items: [], quiet: true };
    return {
      confidence: 0.6,
      headline: `Press: ${lead.data.company ?? lead.data.name}`,
      reasoning: 'The message speaks of press work, so it gets facts instead of an offer.',
      reasons: [{ name: 'press words', points: 1, detail: 'journalist, interview or the like' }],
      items: [
        {
          action: 'mail.send',
          target: lead.ref,
          summary: 'Answer the press inquiry',
          request: {
            to: lead.data.email,
            subject: `${company.company}: your inquiry`,
            text: `Hello,\n\nthank you for writing. ${company.offer}\n\nWhat is your deadline, and what may I answer for you?\n\n${company.sender.name}`,
            inReplyTo: null,
            references: [],
          },
          features: { purpose: 'press' },
        },
      ],
    };
  },
});
