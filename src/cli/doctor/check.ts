/** One thing that was looked at. `mend`: how to put it right; null when there is nothing to do. */
export interface Check {
  readonly check: string;
  readonly state: 'ok' | 'mind' | 'broken';
  readonly says: string;
  readonly mend: string | null;
}

export const ok = (check: string, says: string): Check => ({ check, state: 'ok', says, mend: null });
/** It works, but somebody should know. */
export const mind = (check: string, says: string, mend: string): Check => ({ check, state: 'mind', says, mend });
export const broken = (check: string, says: string, mend: string): Check => ({ check, state: 'broken', says, mend });

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
