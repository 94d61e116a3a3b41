import { type Command, Option } from 'commander';
import type { Desk } from '../../bot/intents.ts';
import type { Kernel } from '../../orchestrator/kernel.ts';
import { requestByHand } from '../../orchestrator/run-by-hand.ts';
import type { JsonObject } from '../../store/json.ts';
import type { TaskView } from '../../store/projections/views.ts';
import { tellAnswer } from '../answer.ts';
import { notFound, usage } from '../failure.ts';
import { findId, findItemId, findLead } from '../find.ts';
import { EXIT } from '../output.ts';
import { examples, OWNER, type Shell, whenDone, withHouse } from '../shell.ts';
import { wholeNumber } from '../values.ts';

const STATUSES = ['requested', 'running', 'proposed', 'done', 'failed', 'quarantined', 'cancelled', 'unknown'] as const;

/** Work: listing it, asking for it, and what a person can do to it. */
export function addTasks(program: Command, shell: Shell): void {
  program
    .command('tasks')
    .description('what the agents work on, newest first')
    .addOption(new Option('--status <status>', 'only these; unknown: nobody knows whether an effect happened').choices(STATUSES))
    .option('--limit <count>', 'at most so many', wholeNumber, 20)
    .addHelpText('after', examples('tasks', 'tasks --status failed', 'tasks --status unknown --json'))
    .action(({ status, limit }: { status?: string; limit: number }) =>
      withHouse(shell, async (house, out) => {
        const tasks = await listTasks(house.kernel, status ?? null, limit);
        out.rows(
          tasks.map(row),
          [
            { key: 'id', title: 'ID', width: 20 },
            { key: 'agent', title: 'AGENT', width: 20 },
            { key: 'status', title: 'STATUS', width: 12 },
            { key: 'about', title: 'ABOUT', width: 18 },
            { key: 'headline', title: 'WHAT', width: 60 },
            { key: 'updatedAt', title: 'CHANGED', width: 20 },
          ],
          status === undefined ? 'No tasks yet. Import leads or send a form, and the agents begin.' : `No task is ${status}.`,
        );
        return EXIT.ok;
      }),
    );

  program
    .command('run')
    .description('ask an agent to work')
    .argument('<agent>', 'its name, see: countersign agents')
    .option('--about <document>', 'what it is about: lead:ID, or the e-mail address of a lead')
    .option('--input <json>', 'its input; left out, what it would be given for that document')
    .addHelpText('after', examples('run lead-qualification --about lead:4k9zq2', `run lead-qualification --input '{"lead":"4k9zq2"}'`))
    .action((agent: string, { about, input }: { about?: string; input?: string }) =>
      withHouse(shell, async (house, out) => {
        const ref = about === undefined ? null : await refOf(house.kernel, about);
        const asked = await requestByHand(house.kernel, {
          agent,
          about: ref,
          input: input === undefined ? null : parseObject(input),
          actor: 'human:cli:owner',
          source: 'cli',
        });
        if ('refused' in asked) throw asked.code === 'not-found' ? notFound(asked.refused) : usage(asked.refused);
        await house.kernel.projector.reached(asked.commit);
        out.result({ id: asked.task, agent, about: ref }, `${agent} is asked: task ${asked.task}.${whenDone(house)}`);
        return EXIT.ok;
      }),
    );

  const act = (name: string, description: string, ...lines: readonly string[]) =>
    program
      .command(name)
      .description(description)
      .argument('<task>', 'the id, or the beginning of it')
      .option('--note <text>', 'why, for the record')
      .addHelpText('after', examples(...lines))
      .action((task: string, { note }: { note?: string }) =>
        withHouse(shell, async (house, out) => {
          const id = await findId(house.kernel.documents, 'task', task, 'task');
          return tellAnswer(out, await house.desk.act(OWNER, name, id, note), { id, verb: name }, whenDone(house));
        }),
      );
  act('retry', 'try failed work again', 'retry 4k9zq2');
  act('discard', 'give failed work up for good', 'discard 4k9zq2 --note "a test"');
  act('cancel', 'stop open work', 'cancel 4k9zq2');

  program
    .command('resolve')
    .description('say whether an unknown effect happened')
    .argument('<item>', 'the id of the item, such as 4k9zq2.1')
    .addArgument(program.createArgument('<answer>', 'what you found out').choices(['happened', 'did-not-happen']))
    .addHelpText('after', examples('resolve 4k9zq2.1 happened', 'resolve 4k9zq2.1 did-not-happen'))
    .action((item: string, answer: string) =>
      withHouse(shell, async (house, out) => {
        const id = await findItemId(house.kernel.documents, item);
        return tellAnswer(out, await house.desk.act(OWNER, answer, id), { id, answer }, whenDone(house));
      }),
    );

  program
    .command('mark')
    .description('say what became of a lead; stops follow-ups')
    .argument('<lead>', 'the id, the beginning of it, or the e-mail address')
    .addArgument(program.createArgument('<outcome>', 'what happened').choices(OUTCOMES))
    .addHelpText('after', examples('mark anna@example.com replied', 'mark lead:4k9zq2 won'))
    .action((lead: string, outcome: string) =>
      withHouse(shell, async (house, out) => {
        const id = await findLead(house.kernel.documents, lead);
        return tellAnswer(out, await house.desk.act(OWNER, outcome, `lead:${id}`), { id, outcome }, '');
      }),
    );
}

const OUTCOMES = ['replied', 'bounced', 'opted-out', 'won', 'lost'] satisfies readonly Parameters<Desk['act']>[1][];

async function listTasks(kernel: Kernel, status: string | null, limit: number): Promise<TaskView[]> {
  // What a person must look at may be one item of a task that is done otherwise.
  const attention = status === 'unknown' || status === 'failed';
  const where = status === null ? {} : attention ? { attention: true } : { status };
  const found = await kernel.documents.find('task', { where, orderBy: [['updatedAt', 'desc']], ...(attention ? {} : { limit }) });
  // Written by the fold of exactly this view.
  const tasks = found.map(({ data }) => data as unknown as TaskView);
  return attention ? tasks.filter((task) => statusOf(task) === status).slice(0, limit) : tasks;
}

function statusOf({ status, items, attention }: TaskView): (typeof STATUSES)[number] {
  if (!attention) return status;
  if (items.some((record) => record.status === 'unknown')) return 'unknown';
  return items.some((record) => record.status === 'failed') ? 'failed' : status;
}

const row = (task: TaskView) => {
  const { id, request, headline, lastFailure, attempt, until, items, createdAt, updatedAt } = task;
  return {
    id,
    agent: request.agent,
    status: statusOf(task),
    about: request.about,
    headline: headline ?? lastFailure?.message ?? request.reason,
    attempt,
    until,
    items: items.map((record) => ({ item: record.item.id, action: record.item.action, status: record.status, note: record.note })),
    createdAt,
    updatedAt,
  };
};

async function refOf(kernel: Kernel, typed: string): Promise<string> {
  const colon = typed.indexOf(':');
  if (colon < 0 || typed.startsWith('lead:')) return `lead:${await findLead(kernel.documents, typed.replace(/^lead:/, ''))}`;
  return typed;
}

function parseObject(text: string): JsonObject {
  try {
    const value: unknown = JSON.parse(text);
    // JSON.parse gives nothing but JSON.
    if (value !== null && typeof value === 'object' && !Array.isArray(value)) return value as JsonObject;
  } catch {
    // Told below, with what was expected.
  }
  throw usage(`--input was expected to be a JSON object such as '{"lead":"4k9zq2"}'; ${text.slice(0, 100)} came.`);
}
