import type { DomainEvent } from '../events/index.ts';

/** A file being read in, until its last row is in the log. */
export interface ImportState {
  readonly version: number;
  readonly file: string;
  readonly what: 'leads' | 'suppressions';
  readonly blob: string;
  readonly actor: string;
  readonly running: boolean;
}

export function evolveImport(state: ImportState | null, event: DomainEvent): ImportState | null {
  if (event.type === 'ImportStarted') return { version: event.version, ...event.data, actor: event.actor, running: true };
  if (state === null) return null;
  return event.type === 'ImportFinished' ? { ...state, version: event.version, running: false } : state;
}
