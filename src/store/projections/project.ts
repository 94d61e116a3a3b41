import { type ApprovalState, evolveApproval } from '../../orchestrator/approval.ts';
import { evolveTask, type TaskState } from '../../orchestrator/task.ts';
import type { Document } from '../documents.ts';
import { ENTITIES } from '../entities.ts';
import type { DomainEvent } from '../events/index.ts';
import { canonicalJson, type JsonObject, sha256 } from '../json.ts';
import { type ControlState, evolveControl, NO_CONTROL } from './control.ts';
import { type EntityState, evolveEntity } from './entity.ts';
import { evolveImport, type ImportState } from './import.ts';
import { viewApproval, viewTask } from './views.ts';

export type Key = string;
const keyOf = (collection: string, id: string): Key => `${collection}/${id}`;

/** Where a stream's state is kept: its collection and id; null when nothing is folded from it. */
export function home(stream: string): { collection: string; id: string } | null {
  const colon = stream.indexOf(':');
  const kind = colon < 0 ? stream : stream.slice(0, colon);
  if (kind === 'task' || kind === 'approval' || kind === 'import' || Object.hasOwn(ENTITIES, kind)) return { collection: kind, id: stream.slice(colon + 1) };
  return kind === 'control' ? { collection: 'control', id: 'state' } : null;
}

/**
 * Folds events into documents in memory. Pure but for its own state: give it the documents the
 * events touch (`need`), fold, take what changed. The same events give the same documents,
 * byte for byte, in whatever batches they come (I1).
 */
export class Fold {
  readonly #states = new Map<Key, { collection: string; id: string; state: unknown }>();
  readonly #changed = new Set<Key>();
  readonly #limit: number;

  /** @param limit states kept for the next batch; more are dropped once they were taken */
  constructor(limit = 2_000) {
    this.#limit = limit;
  }

  /** Documents that must be loaded before `fold` sees these events. */
  need(events: Iterable<DomainEvent>): Map<string, string[]> {
    const wanted = new Map<string, Set<string>>();
    for (const { stream, version } of events) {
      const place = home(stream);
      if (place === null || version === 1 || this.#states.has(keyOf(place.collection, place.id))) continue;
      const ids = wanted.get(place.collection) ?? new Set();
      wanted.set(place.collection, ids.add(place.id));
    }
    return new Map([...wanted].map(([collection, ids]) => [collection, [...ids]]));
  }

  load(document: Document): void {
    this.#states.set(keyOf(document.collection, document.id), { collection: document.collection, id: document.id, state: document.data });
  }

  fold(event: DomainEvent): void {
    const place = home(event.stream);
    if (place !== null) {
      const before = this.#states.get(keyOf(place.collection, place.id))?.state ?? null;
      // Folded already: the documents were written ahead of the checkpoint.
      if (before !== null && (before as { version: number }).version >= event.version) return;
      const after = evolve(place.collection, before, event);
      if (after !== null) this.#set(place.collection, place.id, after);
      if (place.collection === 'task' && event.type === 'EffectSucceeded') this.#sent(event, after as TaskState | null);
    }
    const notice = noticeOf(event);
    if (notice !== null) this.#set('notice', `${event.commit}-${event.version}`, notice);
  }

  /** Takes the documents changed since the last call. */
  take(): Document[] {
    const documents: Document[] = [];
    for (const key of this.#changed) {
      const entry = this.#states.get(key);
      if (entry !== undefined) documents.push(toDocument(entry));
    }
    this.#changed.clear();
    // Insertion order is age: the oldest go first.
    for (const key of this.#states.keys()) {
      if (this.#states.size <= this.#limit) break;
      this.#states.delete(key);
    }
    return documents;
  }

  #set(collection: string, id: string, state: unknown): void {
    const key = keyOf(collection, id);
    this.#states.set(key, { collection, id, state });
    this.#changed.add(key);
  }

  /** One row per thing that left, for limits, threads and "was this sent before?". */
  #sent(event: Extract<DomainEvent, { type: 'EffectSucceeded' }>, task: TaskState | null): void {
    const record = task?.items.find(({ item }) => item.id === event.data.item);
    if (task === null || record === undefined) return;
    const { action, target, request } = record.item;
    this.#set('outbound', event.data.item, {
      version: event.version,
      at: event.at,
      action,
      agent: task.request.agent,
      task: task.id,
      ref: target,
      person: task.person,
      to: request['to'] ?? null,
      subject: request['subject'] ?? null,
      text: request['text'] ?? null,
      contentHash: contentHash(request),
      messageId: event.data.receipt['messageId'] ?? null,
      receipt: event.data.receipt,
    });
  }
}

/** "The same content": everything in the request but the recipient and the threading. */
export function contentHash(request: JsonObject): string {
  const { to: _to, inReplyTo: _inReplyTo, references: _references, ...content } = request;
  return sha256(canonicalJson(content));
}

// The states in a Fold were put there by `evolve` for the same collection, or read from a document it wrote.
function evolve(collection: string, state: unknown, event: DomainEvent): unknown {
  switch (collection) {
    case 'task':
      return evolveTask(state as TaskState | null, event);
    case 'approval':
      return evolveApproval(state as ApprovalState | null, event);
    case 'import':
      return evolveImport(state as ImportState | null, event);
    case 'control':
      return evolveControl((state as ControlState | null) ?? NO_CONTROL, event);
    default:
      return evolveEntity(state as EntityState | null, event);
  }
}

function toDocument({ collection, id, state }: { collection: string; id: string; state: unknown }): Document {
  const data = collection === 'task' ? viewTask(state as TaskState) : collection === 'approval' ? viewApproval(state as ApprovalState) : state;
  return { collection, id, version: (state as { version: number }).version, data: data as JsonObject };
}

function noticeOf(event: DomainEvent): JsonObject | null {
  const notice = (title: string, text: string, tone: string) => ({
    version: event.version,
    at: event.at,
    kind: event.type,
    title,
    text,
    tone,
    actor: event.actor,
  });
  switch (event.type) {
    case 'LimitReached':
      return notice('A limit was reached', `${event.data.detail}${event.data.until === null ? '' : ` Until ${event.data.until}.`}`, 'bad');
    case 'SettingsRefused':
      return notice(`${event.data.file} has an error; the settings before it stay in force`, event.data.problem, 'bad');
    case 'ImportFinished':
      return notice(
        `Imported ${event.data.file}`,
        `${event.data.created} new, ${event.data.repeated} already known, ${event.data.rejectedCount} rejected.`,
        'good',
      );
    case 'AgentPaused':
      return notice(event.data.agent === '*' ? 'All agents are paused' : `${event.data.agent} is paused`, event.data.reason, 'neutral');
    case 'AgentResumed':
      return notice(event.data.agent === '*' ? 'All agents work again' : `${event.data.agent} works again`, '', 'neutral');
    case 'WentLive':
      return notice('Live: mail is really sent from now on', '', 'good');
    case 'BackToPractice':
      return notice('Practice mode: mail stays in the outbox', '', 'neutral');
    default:
      return null;
  }
}
