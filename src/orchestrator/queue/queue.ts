/** A job: an attempt at a task. It holds no truth; the log does. */
export interface Job {
  readonly task: string;
  readonly attempt: number;
  /** 0 to 10, higher first. */
  readonly priority: number;
}

/** So many jobs begin within so long: a window opens with the first job after the last one closed, so that over the border of two nearly twice as many can. */
export interface Rate {
  readonly jobs: number;
  readonly ms: number;
}

export interface Consumer {
  /** Stops taking jobs; resolves when the running ones have ended, soon after that also when the queue cannot be reached. */
  stop(): Promise<void>;
}

/**
 * Hands attempts to workers, one queue per agent. May be emptied at any time: the director
 * puts back what is missing. Adapters pass `test/contracts/queue.ts` whole.
 */
export interface Queue {
  /** Resolves when jobs can be added and picked up. */
  ready(): Promise<void>;
  /** The same task and attempt twice is one job, as long as the first has not ended. */
  add(agent: string, jobs: readonly Job[]): Promise<void>;
  /** Jobs waiting or running. */
  size(agent: string): Promise<number>;
  /** Removes a job that is not running; true when it was there. */
  remove(agent: string, task: string, attempt: number): Promise<boolean>;
  /**
   * Calls `run` for each job, at most `concurrency` at once. What `run` throws goes to `onError`; the job is over.
   * @param rate over all consumers of the agent, in whatever process; they should all say the same
   */
  consume(agent: string, concurrency: number, run: (job: Job) => Promise<void>, onError: (error: unknown) => void, rate?: Rate | null): Consumer;
  /** Rings once at or after `at` (ms since 1970); the same `id` again moves it. */
  alarm(id: string, at: number): Promise<void>;
  onAlarm(ring: (id: string) => Promise<void>): Consumer;
  /** Forgets everything that waits. */
  clear(): Promise<void>;
  close(): Promise<void>;
}
