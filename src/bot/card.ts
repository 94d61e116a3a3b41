import type { Json } from '../store/json.ts';

/** One piece of a card's body. All text is plain text: a renderer escapes it (I8). */
export type Part =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'fields'; readonly fields: readonly { readonly label: string; readonly value: string }[] }
  | { readonly kind: 'mail'; readonly from: string; readonly to: string; readonly subject: string; readonly text: string }
  | { readonly kind: 'change'; readonly target: string; readonly changes: readonly { readonly field: string; readonly from: string; readonly to: string }[] }
  | { readonly kind: 'quote'; readonly who: string; readonly text: string }
  | { readonly kind: 'reasons'; readonly reasons: readonly { readonly name: string; readonly points: number; readonly detail: string }[] };

/** A field of an edit form, made from the action's schema. */
export interface FormField {
  readonly name: string;
  readonly label: string;
  readonly type: 'text' | 'multiline' | 'number' | 'date-time' | 'choice';
  readonly value: string;
  readonly required: boolean;
  readonly maxLength: number | null;
  readonly choices: readonly string[];
}

/** An item on a card, bound by revision and hash (I5). */
export interface CardItem {
  readonly task: string;
  readonly item: string;
  readonly revision: number;
  readonly hash: string;
  readonly title: string;
  readonly body: readonly Part[];
  readonly irreversible: string | null;
  readonly editable: boolean;
  /** `waiting`, or what became of it, in words. */
  readonly state: string;
}

export type CardState = 'waiting' | 'snoozed' | 'held' | 'decided' | 'expired' | 'closed';

/** What every surface shows for one approval; renderers are pure functions of it. */
export interface Card {
  readonly approval: string;
  readonly state: CardState;
  readonly title: string;
  readonly batch: boolean;
  readonly agent: string;
  /** What came in, and what the agent says of it. */
  readonly context: readonly Part[];
  readonly items: readonly CardItem[];
  /** 0 to 1. */
  readonly confidence: number | null;
  /** Why a person is asked: matching rules in words. */
  readonly rules: readonly string[];
  readonly highRisk: boolean;
  readonly expiresAt: string;
  readonly snoozedUntil: string | null;
  /** Until when a decision can be taken back, while its effects are held. */
  readonly heldUntil: string | null;
  /** Who decided what, when; null while it waits. */
  readonly decision: { readonly by: string; readonly at: string; readonly verdict: string; readonly reason: string } | null;
  /** What happened since, newest last. */
  readonly outcome: readonly string[];
}

/** The reasons a person can give with one click. */
export const REJECT_REASONS = ['Wrong tone', 'Wrong facts', 'Not a fit', 'Already handled', 'Too long'] as const;

export type FormProblem = { readonly field: string; readonly problem: string };
export type FormValues = Readonly<Record<string, Json>>;
