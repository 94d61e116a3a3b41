import { z } from 'zod';
import { instant } from '../../ports.ts';
import { id, jsonObject } from '../../store/events/common.ts';
import { taskRequest } from '../../store/events/task.ts';
import type { InternalAction, Planned } from './action.ts';

const schema = z.strictObject({
  agent: id.meta({ readOnly: true }),
  /** Checked by the agent's own schema when it runs. */
  input: jsonObject,
  afterDays: z.number().min(0).max(366).meta({ title: 'Days from now' }),
  /** The task is dropped unless these still hold when it comes due. */
  guards: taskRequest.shape.guards,
});
export type TaskScheduleRequest = z.infer<typeof schema>;

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

const when = (days: number): string => {
  if (days === 0) return 'at once';
  return days === 1 ? 'in 1 day' : `in ${days} days`;
};

/** `optedOutAt` → `opted out`. */
const inWords = (field: string): string =>
  field
    .replace(/At$/, '')
    .replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
    .trim();

/** Asks for a later task about the item's target. The days count from the moment it is approved. */
export const taskSchedule: InternalAction<TaskScheduleRequest> = {
  kind: 'internal',
  name: 'task.schedule',
  schema,
  irreversible: null,

  show: ({ agent, afterDays, guards }) => [
    {
      kind: 'fields',
      fields: [
        { label: 'agent', value: agent },
        { label: 'when', value: when(afterDays) },
        ...(guards.length > 0 ? [{ label: 'dropped if this changes', value: [...new Set(guards.map(({ field }) => inWords(field)))].join(', ') }] : []),
      ],
    },
  ],

  async plan({ agent, input, afterDays, guards }, { item, task, depth, now, newId, envelope }): Promise<Planned> {
    const stream = `task:${newId()}`;
    // On a whole minute: a due time is read by people, and never earlier than asked for.
    const notBefore = afterDays === 0 ? null : instant(Math.ceil((now + afterDays * DAY) / MINUTE) * MINUTE);
    return {
      events: [
        {
          ...envelope,
          stream,
          type: 'TaskRequested',
          data: {
            agent,
            about: item.target,
            input,
            reason: item.summary,
            priority: 0,
            value: null,
            notBefore,
            deadline: null,
            guards,
            parent: task,
            depth: depth + 1,
          },
        },
      ],
      expect: { [stream]: 'absent' },
    };
  },
};
