import type { Connector } from './action.ts';
import type { MailRequest } from './mail-message.ts';

export interface MailRoute {
  /** The way out to take for the next mail. */
  now(): Connector<MailRequest>;
  readonly all: readonly Connector<MailRequest>[];
}

/**
 * Practice mode: mail goes to the outbox unless SMTP is configured and `live()` says so. The choice
 * is made before the footprint is written and stands in the log with it (`EffectStarted.connector`),
 * so that recovery asks the way that was taken even when live was switched in between.
 */
export const createMailRoute = (outbox: Connector<MailRequest>, smtp: Connector<MailRequest> | null, live: () => boolean): MailRoute => ({
  now: () => (smtp !== null && live() ? smtp : outbox),
  all: smtp === null ? [outbox] : [outbox, smtp],
});
