import type { BoundItem } from '../store/events/approval.ts';
import type { DomainEvent } from '../store/events/index.ts';

export interface ApprovalState {
  readonly id: string;
  readonly version: number;
  readonly status: 'waiting' | 'decided' | 'expired' | 'closed';
  readonly items: readonly BoundItem[];
  readonly batch: boolean;
  readonly approvers: readonly string[];
  readonly quorum: number;
  readonly votes: readonly { readonly by: string; readonly verdict: 'approve' | 'reject' }[];
  readonly expiresAt: string;
  readonly remindAt: string | null;
  readonly reminders: number;
  readonly snoozedUntil: string | null;
  readonly silence: 'reject' | 'ask-again';
  readonly value: number | null;
  readonly score: number | null;
  readonly highRisk: boolean;
  readonly person: string | null;
  readonly correlation: string;
  readonly decision: {
    readonly by: string;
    readonly at: string;
    readonly reason: string;
    readonly verdicts: Readonly<Record<string, 'approve' | 'reject'>>;
  } | null;
  /** Why it is closed, for a person. */
  readonly note: string | null;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export function evolveApproval(state: ApprovalState | null, event: DomainEvent): ApprovalState | null {
  if (event.type === 'ApprovalRequested') {
    const { items, batch, approvers, quorum, expiresAt, remindAt, silence, value, score, highRisk } = event.data;
    return {
      id: event.stream.slice('approval:'.length),
      version: event.version,
      status: 'waiting',
      items,
      batch,
      approvers,
      quorum,
      votes: [],
      expiresAt,
      remindAt,
      reminders: 0,
      snoozedUntil: null,
      silence,
      value,
      score,
      highRisk,
      person: event.subject,
      correlation: event.correlation,
      decision: null,
      note: null,
      createdAt: event.at,
      updatedAt: event.at,
    };
  }
  return state === null ? null : { ...apply(state, event), version: event.version, updatedAt: event.at };
}

function apply(state: ApprovalState, event: DomainEvent): ApprovalState {
  switch (event.type) {
    case 'ApprovalVoted':
      return { ...state, votes: [...state.votes, { by: event.data.by, verdict: event.data.verdict }] };
    case 'ApprovalDecided':
      return {
        ...state,
        status: 'decided',
        snoozedUntil: null,
        decision: {
          by: event.data.by,
          at: event.at,
          reason: event.data.reason,
          verdicts: Object.fromEntries(event.data.decisions.map(({ item, verdict }) => [item, verdict])),
        },
      };
    case 'ApprovalReminded':
      return { ...state, reminders: event.data.count, remindAt: event.data.nextAt, snoozedUntil: null };
    case 'ApprovalSnoozed': {
      const wake = new Date(event.data.until).getTime() + DAY;
      return {
        ...state,
        snoozedUntil: event.data.until,
        remindAt: null,
        expiresAt: wake > new Date(state.expiresAt).getTime() ? new Date(wake).toISOString() : state.expiresAt,
      };
    }
    case 'ApprovalExpired':
      return { ...state, status: 'expired', snoozedUntil: null };
    case 'ApprovalClosed':
      return { ...state, status: 'closed', snoozedUntil: null, note: event.data.why };
    default:
      return state;
  }
}

/** A snoozed question stays open at least this long after it wakes. */
const DAY = 24 * 60 * 60 * 1000;

export type Refusal = { readonly code: 'not-allowed' | 'already-decided' | 'expired' | 'changed'; readonly why: string };

/**
 * May this person answer this question now? (I6, I7)
 * @param now ms since 1970
 * @param describe how the state is told to a person, e.g. who decided
 */
export function mayAnswer(state: ApprovalState, person: string | null, now: number): Refusal | null {
  if (state.status === 'decided') {
    const verdicts = new Set(Object.values(state.decision?.verdicts ?? {}));
    const verdict = verdicts.size > 1 ? 'decided' : verdicts.has('approve') ? 'approved' : 'rejected';
    return { code: 'already-decided', why: `Already ${verdict} by ${state.decision?.by ?? 'somebody'} at ${state.decision?.at ?? ''}. Nothing changed.` };
  }
  if (state.status === 'expired') return { code: 'expired', why: 'This question has expired; nothing was sent. If it is asked again, a new card says so.' };
  if (state.status === 'closed') return { code: 'changed', why: `This question is closed: ${state.note ?? 'it is not needed any more'}.` };
  if (now >= new Date(state.expiresAt).getTime()) return { code: 'expired', why: `This question expired at ${state.expiresAt}; nothing was sent.` };
  if (person === null || !state.approvers.includes(person))
    return { code: 'not-allowed', why: `Only ${state.approvers.join(', ')} may answer this. Your click changed nothing and is on record.` };
  return null;
}

/** The question's next moment that needs no person: it wakes, reminds or expires. */
export const nextMoment = (state: ApprovalState): string | null => {
  if (state.status !== 'waiting') return null;
  const moments = [state.snoozedUntil, state.remindAt, state.expiresAt].filter((moment) => moment !== null);
  return moments.sort()[0] ?? null;
};
