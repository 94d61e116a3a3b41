import type { Card, FormField, FormProblem, FormValues, Part } from './card.ts';

/** A person at a surface: `surface` is `page`, `cli`, `slack` …; `user` is the surface's own id. */
export interface Person {
  readonly surface: string;
  readonly user: string;
}

/** An item as the person saw it (I5). */
export interface Shown {
  readonly item: string;
  readonly revision: number;
  readonly hash: string;
}

/** What came of a click. `message` is for the person, whatever happened. */
export type Answer =
  | { readonly ok: true; readonly message: string; readonly card: Card | null }
  | {
      readonly ok: false;
      readonly code: 'not-found' | 'not-allowed' | 'already-decided' | 'expired' | 'changed' | 'invalid' | 'unavailable';
      readonly message: string;
      readonly card: Card | null;
      readonly problems?: readonly FormProblem[];
    };

/** One entry of the feed: a task with its card, a summary of quiet work, or a notice. */
export interface Thread {
  /** `task:ID`, `quiet:DAY`, `notice:ID`. */
  readonly id: string;
  /** ISO time of its latest change; the feed is ordered by it, newest first. */
  readonly at: string;
  readonly kind: 'task' | 'quiet' | 'notice';
  readonly title: string;
  readonly agent: string | null;
  /** Task state in words, such as `waiting for you`. */
  readonly state: string;
  readonly tone: 'neutral' | 'waiting' | 'good' | 'bad';
  readonly body: readonly Part[];
  /** Open or decided approvals of the task, newest first. */
  readonly cards: readonly Card[];
  /** Buttons for a person: on failed or unknown work, or on mail already sent. */
  readonly actions: readonly { readonly verb: string; readonly label: string; readonly target: string }[];
}

export interface Status {
  readonly company: string;
  readonly practice: boolean;
  readonly waiting: number;
  readonly behind: number;
  readonly running: number;
  readonly failed: number;
  readonly leads: number;
  readonly spentTodayMicros: number;
  readonly budgetTodayMicros: number;
  readonly paused: readonly string[];
  readonly queueReady: boolean;
  /** Problems a person must know of: a refused settings file, a limit reached, a full disk. */
  readonly problems: readonly string[];
  /** No settings of the person's own yet: ask the five questions. */
  readonly needsSetup: boolean;
}

/** A link in the chain of `why` (I9), oldest first. */
export interface WhyStep {
  readonly at: string;
  readonly commit: number;
  readonly what: string;
  readonly who: string;
  readonly details: readonly { readonly label: string; readonly value: string }[];
}

export interface SetupAnswers {
  readonly company: string;
  readonly offer: string;
  readonly idealCustomer: string;
  readonly senderName: string;
  readonly senderEmail: string;
  readonly timeZone: string;
}

export interface ImportReport {
  readonly created: number;
  readonly repeated: number;
  readonly rejected: readonly { readonly line: number; readonly why: string }[];
  readonly rejectedCount: number;
  /** Header → field, as recognised; null = ignored. */
  readonly columns: readonly { readonly header: string; readonly field: string | null }[];
}

/**
 * Everything a person can see and do, the same on every surface. A click is recorded before it
 * is acknowledged: when a method returns `ok`, the decision survives `kill -9`.
 */
export interface Desk {
  status(): Promise<Status>;
  /** Newest first; `before` is the `at` and `id` of the last thread already shown. */
  feed(options: { readonly limit: number; readonly before?: { readonly at: string; readonly id: string } }): Promise<readonly Thread[]>;
  thread(id: string): Promise<Thread | null>;
  /** Waiting approvals: single cards first, best first, then batches. */
  approvals(): Promise<readonly Card[]>;
  card(approval: string): Promise<Card | null>;
  /** Approves or rejects the items shown; items whose hash is not the one shown come back on a new card. */
  decide(who: Person, approval: string, verdict: 'approve' | 'reject', shown: readonly Shown[], reason?: string): Promise<Answer>;
  form(approval: string, item: string): Promise<readonly FormField[] | null>;
  /** Saves the edit as a new revision and approves it in one act. */
  edit(who: Person, approval: string, shown: Shown, values: FormValues): Promise<Answer>;
  snooze(who: Person, approval: string, until: string): Promise<Answer>;
  /** Takes back a decision whose effects are still held. */
  takeBack(who: Person, approval: string): Promise<Answer>;
  /** `retry`, `discard`, `cancel` on a task; `happened`, `did-not-happen` on an item; `replied`, `bounced`, `opted-out`, `won`, `lost` on a lead. */
  act(who: Person, verb: string, target: string, note?: string): Promise<Answer>;
  /** The chain behind a task, item, approval, lead or message, or null when nothing has that id. */
  why(id: string): Promise<readonly WhyStep[] | null>;
  pause(who: Person, agent: string): Promise<Answer>;
  resume(who: Person, agent: string): Promise<Answer>;
  importLeads(who: Person, fileName: string, csv: Uint8Array): Promise<ImportReport>;
  setUp(who: Person, answers: SetupAnswers): Promise<Answer>;
  /** Calls back with the ids of threads that changed; bursts are merged. Returns how to stop. */
  onChange(listener: (threads: readonly string[]) => void): () => void;
}
