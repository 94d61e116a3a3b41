import type { DomainEvent } from '../store/events/index.ts';
import type { FailureClass, Item, Outcome, TaskRequest } from '../store/events/task.ts';

/**
 * `asking`/`batching`: judged, not yet on a card. `approved` waits for `notBefore` (hold, limit,
 * retry) and for the items it comes after.
 */
export type ItemStatus = 'proposed' | 'asking' | 'batching' | 'waiting' | 'approved' | 'executing' | 'unknown' | 'failed' | 'done' | 'rejected' | 'refused';

export interface ItemRecord {
  readonly item: Item;
  /** Which proposal of the task it came with: 1, 2 … */
  readonly round: number;
  readonly status: ItemStatus;
  /** Attempts at its effect. */
  readonly attempt: number;
  /** How often the same footprint was sent again. */
  readonly repeats: number;
  /** Failures in a row. */
  readonly failures: number;
  readonly approval: string | null;
  readonly notBefore: string | null;
  /** Why it waits, failed or was turned down; for a person. */
  readonly note: string | null;
  readonly outcome: Outcome | null;
  readonly rules: readonly { readonly rule: string; readonly outcome: Outcome; readonly reason: string }[];
  readonly approvers: readonly string[];
  readonly quorum: number;
  readonly highRisk: boolean;
  /** What it is one of: agent, action and what policy sees; stable across items. */
  readonly kind: string | null;
  readonly footprint: string | null;
  readonly connector: string | null;
  /** Of the running effect. */
  readonly deadline: string | null;
  readonly receipt: Readonly<Record<string, unknown>> | null;
  readonly doneAt: string | null;
}

export type TaskStatus = 'requested' | 'running' | 'proposed' | 'done' | 'failed' | 'quarantined' | 'cancelled';

export interface TaskState {
  readonly id: string;
  readonly version: number;
  readonly request: TaskRequest;
  readonly correlation: string;
  readonly person: string | null;
  readonly status: TaskStatus;
  /** Attempts at running the agent since it was last asked for by a person. */
  readonly attempt: number;
  readonly failures: number;
  readonly agentVersion: string | null;
  readonly worker: string | null;
  /** The run's lease ends (running), or it may run again (requested). */
  readonly until: string | null;
  /** Heuristics only from now on: the models did not do. */
  readonly simpler: boolean;
  readonly lastFailure: { readonly class: FailureClass; readonly message: string } | null;
  readonly proposals: number;
  readonly confidence: number | null;
  readonly headline: string | null;
  readonly reasoning: string | null;
  readonly reasons: readonly { readonly name: string; readonly points: number; readonly detail: string }[];
  readonly quiet: boolean;
  readonly by: string | null;
  readonly items: readonly ItemRecord[];
  /** A person's words on turned-down items, oldest first, and which proposal they were about. */
  readonly rejections: readonly { readonly round: number; readonly reason: string }[];
  readonly createdAt: string;
  readonly updatedAt: string;
}

const FINAL: ReadonlySet<ItemStatus> = new Set(['done', 'rejected', 'refused', 'failed']);
export const isFinal = (item: ItemRecord): boolean => FINAL.has(item.status);
export const isOpen = (task: TaskState): boolean => task.status === 'requested' || task.status === 'running' || task.status === 'proposed';

type TaskEvent = DomainEvent;

/** The task after one more event of its stream; events of other streams change nothing. */
export function evolveTask(state: TaskState | null, event: TaskEvent): TaskState | null {
  if (event.type === 'TaskRequested') return begin(event);
  if (state === null) return null;
  const next = apply(state, event);
  return { ...derive(next), version: event.version, updatedAt: event.at };
}

export const foldTask = (events: readonly DomainEvent[]): TaskState | null => events.reduce(evolveTask, null);

function begin(event: Extract<TaskEvent, { type: 'TaskRequested' }>): TaskState {
  return {
    id: event.stream.slice('task:'.length),
    version: event.version,
    request: event.data,
    correlation: event.correlation,
    person: event.subject,
    status: 'requested',
    attempt: 0,
    failures: 0,
    agentVersion: null,
    worker: null,
    until: event.data.notBefore,
    simpler: false,
    lastFailure: null,
    proposals: 0,
    confidence: null,
    headline: null,
    reasoning: null,
    reasons: [],
    quiet: false,
    by: null,
    items: [],
    rejections: [],
    createdAt: event.at,
    updatedAt: event.at,
  };
}

function apply(state: TaskState, event: TaskEvent): TaskState {
  const change = (patch: Partial<ItemRecord>): TaskState => ('item' in event.data ? changeItem(state, event.data.item, patch) : state);
  switch (event.type) {
    case 'TaskStarted':
      return {
        ...state,
        status: 'running',
        attempt: event.data.attempt,
        agentVersion: event.data.agentVersion,
        worker: event.data.worker,
        until: event.data.until,
      };
    case 'TaskProposed':
      return {
        ...state,
        status: 'proposed',
        until: null,
        worker: null,
        proposals: state.proposals + 1,
        confidence: event.data.confidence,
        headline: event.data.headline,
        reasoning: event.data.reasoning,
        reasons: event.data.reasons,
        quiet: event.data.quiet,
        by: event.data.by,
        lastFailure: null,
        items: [...state.items, ...event.data.items.map((item) => newRecord(item, state.proposals + 1))],
      };
    case 'TaskFailed': {
      const failed = { ...state, failures: state.failures + 1, worker: null, lastFailure: { class: event.data.class, message: event.data.message } };
      switch (event.data.next) {
        case 'retry':
          return { ...failed, status: 'requested', until: event.data.retryAt };
        case 'simpler':
          return { ...failed, status: 'requested', until: event.data.retryAt, simpler: true };
        case 'human':
          return { ...failed, status: 'failed', until: null };
        case 'quarantine':
          return { ...failed, status: 'quarantined', until: null };
        default:
          return event.data.next satisfies never;
      }
    }
    case 'TaskHandedBack':
      return { ...state, status: 'requested', worker: null, until: null };
    case 'TaskCancelled':
    case 'TaskDiscarded':
      return {
        ...state,
        status: 'cancelled',
        until: null,
        items: state.items.map((record) =>
          isFinal(record) || record.status === 'executing' || record.status === 'unknown' ? record : { ...record, status: 'refused', note: event.data.reason },
        ),
        lastFailure: null,
      };
    case 'TaskRetried':
      return state.status === 'proposed' || state.status === 'done'
        ? {
            ...state,
            items: state.items.map((record) =>
              record.status === 'failed' ? { ...record, status: 'approved', failures: 0, notBefore: null, note: null } : record,
            ),
          }
        : { ...state, status: 'requested', attempt: state.attempt, failures: 0, until: null, simpler: false, lastFailure: null };
    case 'ItemJudged':
      return change({
        outcome: event.data.outcome,
        rules: event.data.rules,
        approvers: event.data.approvers,
        quorum: event.data.quorum,
        highRisk: event.data.highRisk,
        kind: event.data.kind,
        ...(event.data.outcome === 'ask' ? { status: 'asking' } : event.data.outcome === 'batch' ? { status: 'batching' } : {}),
      });
    case 'ItemAsked':
      return change({ status: 'waiting', approval: event.data.approval });
    case 'ItemReturned':
      return change({ status: 'asking', approval: null, notBefore: null, note: event.data.why });
    case 'ItemApproved':
      return change({
        status: 'approved',
        approval: event.data.approval,
        notBefore: event.data.heldUntil,
        note: event.data.heldUntil === null ? null : 'held',
      });
    case 'ItemRejected': {
      const rejected = change({ status: 'rejected', note: event.data.reason });
      const { reason, again } = event.data;
      const known = state.rejections.some((given) => given.round === state.proposals && given.reason === reason);
      return again && !known ? { ...rejected, rejections: [...state.rejections, { round: state.proposals, reason }] } : rejected;
    }
    case 'ItemRevised':
      // Judged anew, unless the same commit approves it.
      return {
        ...state,
        items: state.items.map((record) =>
          record.item.id === event.data.item
            ? {
                ...record,
                item: { ...record.item, revision: event.data.revision, request: event.data.after },
                status: 'proposed',
                approval: null,
                notBefore: null,
                note: event.data.why,
              }
            : record,
        ),
      };
    case 'ItemDeferred':
      return change({ notBefore: event.data.until, note: event.data.reason });
    case 'EffectStarted':
      return change({
        status: 'executing',
        attempt: event.data.attempt,
        footprint: event.data.footprint,
        connector: event.data.connector,
        deadline: event.data.deadline,
        repeats: 0,
        notBefore: null,
        note: null,
      });
    case 'EffectRepeated':
      return changeItem(state, event.data.item, { deadline: event.data.deadline, repeats: (findItem(state, event.data.item)?.repeats ?? 0) + 1 });
    case 'EffectSucceeded':
      return change({ status: 'done', receipt: event.data.receipt, doneAt: event.at, note: null });
    case 'EffectFailed':
      return change({
        failures: (findItem(state, event.data.item)?.failures ?? 0) + 1,
        note: event.data.message,
        ...(event.data.retryAt === null ? { status: 'failed' } : { status: 'approved', notBefore: event.data.retryAt }),
      });
    case 'EffectUnknown':
      return change({ status: 'unknown', note: event.data.message });
    case 'EffectResolved':
      return change(
        event.data.happened
          ? { status: 'done', doneAt: event.at, note: 'a person says it happened' }
          : { status: 'asking', approval: null, note: 'a person says it did not happen' },
      );
    case 'ItemDone':
      return change({ status: 'done', doneAt: event.at, note: null });
    case 'ItemRefused':
      return change({ status: 'refused', note: event.data.reason });
    default:
      return state;
  }
}

const newRecord = (item: Item, round: number): ItemRecord => ({
  item,
  round,
  status: 'proposed',
  attempt: 0,
  repeats: 0,
  failures: 0,
  approval: null,
  notBefore: null,
  note: null,
  outcome: null,
  rules: [],
  approvers: [],
  quorum: 1,
  highRisk: false,
  kind: null,
  footprint: null,
  connector: null,
  deadline: null,
  receipt: null,
  doneAt: null,
});

export const findItem = (state: TaskState, id: string): ItemRecord | undefined => state.items.find((record) => record.item.id === id);

const changeItem = (state: TaskState, id: string, patch: Partial<ItemRecord>): TaskState => ({
  ...state,
  items: state.items.map((record) => (record.item.id === id ? { ...record, ...patch } : record)),
});

/** How often an agent may propose again after a person turned its proposal down with a reason. */
const MAX_REPROPOSALS = 2;

/**
 * A proposed task is done when each of its items is; turned down with a reason and nothing of it
 * approved, it goes back to the agent.
 */
function derive(state: TaskState): TaskState {
  if (state.status !== 'proposed' && state.status !== 'done') return state;
  if (state.items.some((record) => !isFinal(record))) return state.status === 'proposed' ? state : { ...state, status: 'proposed' };
  const round = state.items.filter((record) => record.round === state.proposals);
  const turnedDown =
    state.rejections.some((given) => given.round === state.proposals) && !round.some((record) => record.approval !== null && record.status === 'done');
  return turnedDown && state.proposals <= MAX_REPROPOSALS ? { ...state, status: 'requested', until: null } : { ...state, status: 'done' };
}

/** What a task needs next; the director does it. */
export type Step =
  | { readonly do: 'admit' }
  | { readonly do: 'lost-run' }
  | { readonly do: 'judge' }
  | { readonly do: 'refuse'; readonly item: ItemRecord; readonly why: string }
  | { readonly do: 'execute'; readonly item: ItemRecord }
  | { readonly do: 'recover-effect'; readonly item: ItemRecord };

/** May this run or effect still be under way somewhere? `past`: its lease or deadline is over. */
export type Alive = (what: { readonly worker: string | null; readonly past: boolean } | { readonly item: string; readonly past: boolean }) => boolean;

/**
 * Everything the task needs now, in order. Time-driven needs count once their time has come.
 * @param now ms since 1970
 */
export function nextSteps(task: TaskState, now: number, alive: Alive): Step[] {
  const past = (moment: string | null) => moment === null || new Date(moment).getTime() <= now;
  switch (task.status) {
    case 'requested':
      return past(task.until) ? [{ do: 'admit' }] : [];
    case 'running':
      return !alive({ worker: task.worker, past: past(task.until) }) ? [{ do: 'lost-run' }] : [];
    case 'proposed':
      return itemSteps(task, past, alive);
    case 'done':
    case 'failed':
    case 'quarantined':
    case 'cancelled':
      return [];
    default:
      return task.status satisfies never;
  }
}

function itemSteps(task: TaskState, past: (moment: string | null) => boolean, alive: Alive): Step[] {
  const steps: Step[] = [];
  if (task.items.some((record) => record.status === 'proposed')) steps.push({ do: 'judge' });
  for (const record of task.items) {
    if (isFinal(record)) continue;
    const before = record.item.after.map((id) => findItem(task, id));
    const broken = before.find((earlier) => earlier?.status === 'rejected' || earlier?.status === 'refused');
    if (record.status === 'executing') {
      if (!alive({ item: record.item.id, past: past(record.deadline) })) steps.push({ do: 'recover-effect', item: record });
    } else if (broken !== undefined) {
      steps.push({ do: 'refuse', item: record, why: `What it builds on (${broken.item.action}) will not happen.` });
    } else if (record.status === 'approved' && past(record.notBefore) && before.every((earlier) => earlier?.status === 'done')) {
      steps.push({ do: 'execute', item: record });
    }
  }
  return steps;
}
