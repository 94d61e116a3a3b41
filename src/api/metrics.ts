import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Kernel } from '../orchestrator/kernel.ts';
import type { DomainEvent } from '../store/events/index.ts';
import type { TaskView } from '../store/projections/views.ts';

/** Steps a task goes through, each measured from the event before it. */
const STEPS = {
  queue: ['TaskRequested', 'TaskStarted'],
  agent: ['TaskStarted', 'TaskProposed'],
  decision: ['ItemAsked', 'ItemApproved'],
  effect: ['EffectStarted', 'EffectSucceeded'],
} as const;

/** Moments remembered for steps that have begun and not ended. */
const MAX_OPEN = 20_000;

export interface Metrics {
  /** Prometheus text format. */
  text(): Promise<string>;
  stop(): void;
}

/** Figures for Prometheus, counted from the log as it grows; named by its conventions. */
export function createMetrics(kernel: Kernel): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const tasks = new Counter({ name: 'countersign_tasks_total', help: 'Tasks by what became of them.', labelNames: ['agent', 'outcome'], registers });
  const approvals = new Counter({ name: 'countersign_approvals_total', help: 'Decided items by decision.', labelNames: ['agent', 'decision'], registers });
  const effects = new Counter({
    name: 'countersign_effects_total',
    help: 'Effects by connector and outcome.',
    labelNames: ['connector', 'outcome'],
    registers,
  });
  const steps = new Histogram({
    name: 'countersign_step_duration_seconds',
    help: 'Time each step of a task took.',
    labelNames: ['step'],
    buckets: [0.005, 0.02, 0.1, 0.5, 2, 10, 60, 600, 3600, 86_400],
    registers,
  });
  const cost = new Counter({
    name: 'countersign_model_cost_dollars_total',
    help: 'Spent on models, in US dollars.',
    labelNames: ['agent', 'model'],
    registers,
  });
  const tokens = new Counter({ name: 'countersign_model_tokens_total', help: 'Tokens by direction.', labelNames: ['model', 'direction'], registers });
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
  gauge('countersign_tasks_backlog', 'Tasks that wait to run.', () => kernel.documents.count('task', { runnable: true }));
  gauge('countersign_tasks_attention', 'Tasks that need a person.', () => kernel.documents.count('task', { attention: true }));

  const agents = new Map<string, string>();
  const begun = new Map<string, number>();

  async function agentOf(stream: string): Promise<string> {
    const known = agents.get(stream);
    if (known !== undefined) return known;
    const document = await kernel.documents.get('task', stream.slice('task:'.length));
    const agent = document === null ? 'unknown' : (document.data as unknown as TaskView).request.agent;
    agents.set(stream, agent);
    if (agents.size > MAX_OPEN) agents.delete(agents.keys().next().value ?? '');
    return agent;
  }

  function time(event: DomainEvent): void {
    const item = 'item' in event.data ? event.data.item : event.stream;
    for (const [step, [from, to]] of Object.entries(STEPS)) {
      const key = `${step} ${item}`;
      if (event.type === from) {
        begun.set(key, new Date(event.at).getTime());
        if (begun.size > MAX_OPEN) begun.delete(begun.keys().next().value ?? '');
      }
      const start = begun.get(key);
      if (event.type !== to || start === undefined) continue;
      begun.delete(key);
      steps.observe({ step }, Math.max(0, new Date(event.at).getTime() - start) / 1000);
    }
  }

  async function count(event: DomainEvent): Promise<void> {
    time(event);
    switch (event.type) {
      case 'TaskProposed':
        return tasks.inc({ agent: await agentOf(event.stream), outcome: 'proposed' });
      case 'TaskFailed':
        return tasks.inc({
          agent: await agentOf(event.stream),
          outcome: event.data.next === 'retry' || event.data.next === 'simpler' ? 'retried' : event.data.next === 'human' ? 'failed' : 'quarantined',
        });
      case 'TaskCancelled':
      case 'TaskDiscarded':
        return tasks.inc({ agent: await agentOf(event.stream), outcome: 'cancelled' });
      case 'ItemApproved':
        return approvals.inc({ agent: await agentOf(event.stream), decision: event.data.approval === null ? 'allowed' : 'approved' });
      case 'ItemRejected':
        return approvals.inc({ agent: await agentOf(event.stream), decision: event.actor.startsWith('human:') ? 'rejected' : 'expired' });
      case 'ItemRevised':
        return approvals.inc({ agent: await agentOf(event.stream), decision: 'edited' });
      case 'EffectStarted':
        return effects.inc({ connector: event.data.connector, outcome: 'started' });
      case 'EffectSucceeded':
        return effects.inc({ connector: 'any', outcome: 'succeeded' });
      case 'EffectFailed':
        return effects.inc({ connector: 'any', outcome: 'failed' });
      case 'EffectUnknown':
        return effects.inc({ connector: 'any', outcome: 'unknown' });
      case 'ModelAnswered': {
        const { model, tokensIn, tokensOut, costMicros } = event.data;
        cost.inc({ agent: await agentOf(event.stream), model }, costMicros / 1_000_000);
        tokens.inc({ model, direction: 'in' }, tokensIn);
        return tokens.inc({ model, direction: 'out' }, tokensOut);
      }
      default:
        return;
    }
  }

  const stop = kernel.projector.onApplied((batch) => {
    commits.set(batch.at(-1)?.commit ?? 0);
    for (const { events } of batch) for (const event of events) count(event).catch((error) => kernel.report.error('A figure could not be counted', error));
  });
  return { text: () => registry.metrics(), stop };
}
