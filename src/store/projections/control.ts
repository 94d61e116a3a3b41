import type { DomainEvent } from '../events/index.ts';

/** What a person has set by clicks: pauses, learned rules, live or practice. One document. */
export interface ControlState {
  readonly version: number;
  /** Agent, or `*`, → why. */
  readonly paused: Readonly<Record<string, string>>;
  readonly rules: readonly { readonly rule: string; readonly kind: string; readonly by: string }[];
  /** A test mail has gone out once. */
  readonly tested: boolean;
  readonly live: boolean;
  readonly policy: string | null;
}

export const NO_CONTROL: ControlState = { version: 0, paused: {}, rules: [], tested: false, live: false, policy: null };

export const isPaused = ({ paused }: ControlState, agent: string): boolean => paused['*'] !== undefined || paused[agent] !== undefined;

export function evolveControl(state: ControlState, event: DomainEvent): ControlState {
  const next = { ...state, version: event.version };
  switch (event.type) {
    case 'AgentPaused':
      return { ...next, paused: { ...state.paused, [event.data.agent]: event.data.reason } };
    case 'AgentResumed':
      // Resuming all also ends the pauses of single agents.
      return {
        ...next,
        paused: event.data.agent === '*' ? {} : Object.fromEntries(Object.entries(state.paused).filter(([agent]) => agent !== event.data.agent)),
      };
    case 'RuleAdded':
      return { ...next, rules: [...state.rules, event.data] };
    case 'RuleRevoked':
      return { ...next, rules: state.rules.filter(({ rule }) => rule !== event.data.rule) };
    case 'PolicyLoaded':
      return { ...next, policy: event.data.hash };
    case 'TestMailAccepted':
      return { ...next, tested: true };
    case 'WentLive':
      return { ...next, live: true };
    case 'BackToPractice':
      return { ...next, live: false };
    default:
      return next;
  }
}
