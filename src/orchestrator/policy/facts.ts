import type { Item } from '../../store/events/task.ts';

/** What left within a sliding window: how often, and when first (ms since 1970; null = never). */
export interface SentWithin {
  readonly count: number;
  readonly oldest: number | null;
}

/** What has left and counts against limits. */
export interface SentFacts {
  readonly sentLastHour: SentWithin;
  readonly sentLastDay: SentWithin;
  /** The most any one of its recipients got. */
  readonly sentToRecipientLastDay: SentWithin;
  /** When the same content last went to the same recipient (ms since 1970), or null. */
  readonly sameContentSentAt: number | null;
}

/** What policy knows of the world beside the item itself. Gathered just before each evaluation. */
export interface PolicyFacts extends SentFacts {
  /** ms since 1970. */
  readonly now: number;
  /** The company's: IANA name. */
  readonly timeZone: string;
  /** The company's: three letters. */
  readonly currency: string;
  /** It leaves the system (its action is external): limits and quiet hours hold for it. */
  readonly leaves: boolean;
  /** Addresses it would reach; empty where that means nothing. */
  readonly recipients: readonly string[];
  /** One of the recipients is on the suppression list. */
  readonly suppressed: boolean;
  /** One of the recipients was never written to before. False where nobody is written to. */
  readonly firstContact: boolean;
  /** What it is worth, in whole units of the company's currency; null = unknown. */
  readonly value: number | null;
  /** The person who asked for the item or edited it last, or null: for `selfApproval: false`. */
  readonly author: string | null;
}

/** What is judged. */
export interface Subject {
  readonly agent: string;
  readonly item: Item;
  /** 0 to 1; null = the agent gave none. */
  readonly confidence: number | null;
  readonly facts: PolicyFacts;
  /** People who approved exactly this revision; left out before anybody was asked. */
  readonly approvedBy?: readonly string[];
}
