import type { Item } from '../../store/events/task.ts';
import { canonicalJson, sha256 } from '../../store/json.ts';

/** What a decision binds (I5): whatever of it changes, the hash is another. Pure. */
export const itemHash = ({ id, revision, action, target, request }: Item): string => sha256(canonicalJson({ id, revision, action, target, request }));

/**
 * I4: what is in the log before an effect, and the idempotency key given to its target. It covers
 * the item and the attempt, so that two equal reminders are two effects; and the agent's name
 * but never its version, so that an upgrade does not send again. Pure.
 */
export const footprint = (agent: string, { id, action, target, request }: Item, attempt: number): string =>
  sha256(canonicalJson({ agent, item: id, attempt, action, target, request }));
