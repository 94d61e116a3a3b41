import type { Environment } from '../environment.ts';
import { CountersignError } from '../store/errors.ts';

/** @throws CountersignError `Environment`: agents in another process get their work from a queue that both reach */
export function needsSharedQueue({ redisUrl }: Environment, command: string, instead: string): void {
  if (redisUrl !== null) return;
  throw new CountersignError(
    'Environment',
    `countersign ${command} needs a queue that several processes share: set REDIS_URL, such as redis://127.0.0.1:6379. Without one ${instead}.`,
  );
}
