import { CountersignError } from '../store/errors.ts';

/** One thing wrong with a settings file. Lines and columns count from 1. */
export interface SettingsProblem {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** What was expected, what came, and what to do. */
  readonly message: string;
}

export const problemText = ({ file, line, column, message }: SettingsProblem): string => `${file}:${line}:${column} ${message}`;

/** Settings that cannot be used, with everything wrong with them at once. */
export class SettingsError extends CountersignError {
  readonly problems: readonly SettingsProblem[];
  constructor(problems: readonly SettingsProblem[]) {
    super('SettingsError', problems.map(problemText).join('\n'));
    this.problems = problems;
  }
}
