/** One answer in a form. */
export interface Field {
  readonly name: string;
  readonly value: string;
  /** The name is a question in words, as form tools send them. */
  readonly question?: true;
}

/** The body cannot be taken apart; the message tells the sender why. */
export class Unreadable extends Error {}
