import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Kernel } from '../orchestrator/kernel.ts';
import type { TaskStatus } from '../orchestrator/task.ts';
import { instant } from '../ports.ts';
import type { DomainEvent, Recorded } from '../store/events/index.ts';
import type { TaskView } from '../store/projections/views.ts';
import { StepTimes } from './step-times.ts';

/** Tasks, calls and edits remembered, so that what follows from them is counted under their name. */
const MAX_REMEMBERED = 20_000;
/** From 5 ms, a local effect, to a week, a decision. */
const BUCKETS = [0.005, 0.02, 0.1, 0.5, 2, 10, 60, 600, 3600, 86_400, 604_800];

export interface Metrics {
  /** Prometheus text format. */
  text(): Promise<string>;
  stop(): void;
}

/** Figures for Prometheus, counted from the log as it grows; named by its conventions. After a start they begin at 0, as it expects. */
export function createMetrics(kernel: Kernel): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const counter = <L extends string>(name: string, help: string, ...labelNames: L[]) => new Counter({ name, help, labelNames, registers });
  const tasks = counter('countersign_tasks_total', 'Tasks by what became of them.', 'agent', 'outcome');
  const attempts = counter('countersign_attempts_total', 'Runs of agents: proposed, or the class of the failure.', 'agent', 'outcome');
  const approvals = counter('countersign_approvals_total', 'Decided items; edited ones were approved too.', 'agent', 'decision');
  const effects = counter('countersign_effects_total', 'Effects by connector and outcome.', 'connector', 'outcome');
  const cost = counter('countersign_model_cost_dollars_total', 'Spent on models, in US dollars.', 'agent', 'model');
  const tokens = counter('countersign_model_tokens_total', 'Tokens by direction.', 'agent', 'model', 'direction');
  const steps = new Histogram({ name: 'countersign_step_duration_seconds', help: 'Time each step took.', labelNames: ['step'], buckets: BUCKETS, registers });
  const commits = new Gauge({ name: 'countersign_log_commits', help: 'Number of the latest commit.', registers });
  const gauge = (name: string, help: string, count: () => Promise<number>) =>
    new Gauge({
      name,
      help,
      registers,
      collect: async function collect() {
        this.set(await count());
      },
    });
  gauge('countersign_approvals_waiting', 'Questions that wait for a person.', () => kernel.documents.count('approval', { status: 'waiting' }));
  gauge('countersign_tasks_backlog', 'Tasks that could run now.', async () => {
    const { documents, clock } = kernel;
    const due = await documents.count('task', { runnable: true, until: { lte: instant(clock.now()) } });
    return due + (await documents.count('task', { runnable: true, until: null }));
  });
  gauge('countersign_tasks_attention', 'Tasks that need a person.', () => kernel.documents.count('task', { attention: true }));

  const times = new StepTimes();
  const settled = remember<TaskStatus>();
  const calls = remember<{ readonly agent: string; readonly model: string }>();
  const edits = remember<true>();

  /** @param task the event belongs to */
  function count(event: DomainEvent, task: TaskView | undefined): void {
    const agent = task?.request.agent ?? 'unknown';
    const byHuman = event.actor.startsWith('human:');
    for (const { step, seconds } of times.add(event)) steps.observe({ step }, seconds);
    switch (event.type) {
      case 'TaskProposed':
        return attempts.inc({ agent, outcome: 'proposed' });
      case 'TaskFailed':
        return attempts.inc({ agent, outcome: event.data.class });
      case 'ItemRevised':
        // Not a conflict, which revises an item as well.
        if (byHuman) edits.set(revisionOf(event.data), true);
        return;
      case 'ItemApproved': {
        const decision = event.data.approval === null ? 'allowed' : edits.get(revisionOf(event.data)) ? 'edited' : 'approved';
        return approvals.inc({ agent, decision });
      }
      case 'ItemRejected':
        return approvals.inc({ agent, decision: byHuman ? 'rejected' : 'expired' });
      case 'EffectSucceeded':
        return effects.inc({ connector: connectorOf(task, event.data.item), outcome: 'succeeded' });
      case 'EffectFailed':
        return effects.inc({ connector: connectorOf(task, event.data.item), outcome: event.data.retryAt === null ? 'failed' : 'retried' });
      case 'EffectUnknown':
        return effects.inc({ connector: connectorOf(task, event.data.item), outcome: 'unknown' });
      case 'SpendReserved':
        return calls.set(event.data.call, { agent: event.data.agent, model: event.data.model });
      case 'SpendSettled': {
        // What a failed call may have cost counts as well.
        const call = calls.get(event.data.call);
        return call && cost.inc({ agent: call.agent, model: call.model }, event.data.costMicros / 1_000_000);
      }
      case 'ModelAnswered': {
        const { model, tokensIn, tokensOut } = event.data;
        tokens.inc({ agent, model, direction: 'in' }, tokensIn);
        return tokens.inc({ agent, model, direction: 'out' }, tokensOut);
      }
      default:
        return;
    }
  }

  async function countAll(batch: readonly Recorded[]): Promise<void> {
    const events = batch.flatMap((commit) => commit.events);
    const touched = [...new Set(events.flatMap(({ stream }) => (stream.startsWith('task:') ? [stream.slice('task:'.length)] : [])))];
    const found = await kernel.documents.getMany('task', touched);
    // Written by the fold of exactly this view.
    const views = new Map(found.map(({ id, data }) => [`task:${id}`, data as unknown as TaskView]));
    for (const event of events) count(event, views.get(event.stream));
    for (const { id, request, status } of views.values()) {
      if (FINAL.has(status) && settled.get(id) !== status) tasks.inc({ agent: request.agent, outcome: status });
      settled.set(id, status);
    }
  }

  // One batch after the other: what is timed and remembered follows the order of the log.
  let last: Promise<void> = Promise.resolve();
  const stop = kernel.projector.onApplied((batch) => {
    commits.set(batch.at(-1)?.commit ?? 0);
    last = last.then(() => countAll(batch)).catch((error) => kernel.report.error('A figure could not be counted', error));
  });
  return {
    async text() {
      await last;
      return registry.metrics();
    },
    stop,
  };
}

const FINAL: ReadonlySet<TaskStatus> = new Set(['done', 'failed', 'quarantined', 'cancelled']);

const connectorOf = (task: TaskView | undefined, item: string): string => task?.items.find((record) => record.item.id === item)?.connector ?? 'unknown';

const revisionOf = ({ item, revision }: { readonly item: string; readonly revision: number }): string => `${item}@${revision}`;

/** The latest so many; older ones are forgotten. */
function remember<T>() {
  const known = new Map<string, T>();
  return {
    get: (key: string) => known.get(key),
    set(key: string, value: T): void {
      known.delete(key);
      known.set(key, value);
      if (known.size > MAX_REMEMBERED) known.delete(known.keys().next().value ?? '');
    },
  };
}
