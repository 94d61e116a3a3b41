import { readdirSync, readFileSync } from 'node:fs';
import type { IdealCustomer } from '../../src/agents/leads/ideal-customer.ts';
import { readLeadsCsv } from '../../src/agents/leads/lead-csv.ts';
import { normalise } from '../../src/agents/leads/lead-input.ts';
import { scoreLead } from '../../src/agents/leads/score-lead.ts';
import { type Feature, featuresOf } from '../../src/agents/leads/spam-features.ts';

/** A labelled lead as the trainer sees it. */
export interface Example {
  readonly spam: boolean;
  readonly family: string;
  readonly language: string;
  readonly features: readonly Feature[];
}

const root = new URL('../../', import.meta.url);
const LIMITS = { maxRows: 100_000, maxBytes: 20_000_000, maxField: 1_000_000 };

/** Messages written for training: one a line, under `[language]`, in a file per family; `(role, company)` may stand before one. */
export function readMessages(profile: IdealCustomer): Example[] {
  return ['genuine', 'spam'].flatMap((kind) =>
    readdirSync(new URL(`training/leads/${kind}/`, root))
      .sort()
      .flatMap((name) => {
        let language = '';
        return readFileSync(new URL(`training/leads/${kind}/${name}`, root), 'utf8')
          .split('\n')
          .flatMap((line): Example[] => {
            const message = line.trim();
            const heading = /^\[([a-z]{2})\]$/.exec(message)?.[1];
            if (heading !== undefined) language = heading;
            if (heading !== undefined || message === '') return [];
            const [, role, company, said = message] = /^\(([^(),]+)(?:, ([^()]+))?\) (.+)$/.exec(message) ?? [];
            const { lead } = normalise({ email: 'kim@mail.example', message: said, ...(role && { role }), ...(company && { company }) });
            return [{ spam: kind === 'spam', family: name.replace(/\.txt$/, ''), language, features: featuresOf(lead, scoreLead(lead, profile).topical) }];
          });
      }),
  );
}

/** Whole leads with the column `expected`, from files nobody tunes for any more. */
export function readLeads(files: readonly string[], profile: IdealCustomer): Example[] {
  return files.flatMap((file) =>
    readLeadsCsv(readFileSync(new URL(file, root)), LIMITS).rows.map(({ input, extra }) => {
      const { lead } = normalise(input);
      return {
        spam: extra['expected'] === 'spam',
        family: file.replace(/^.*\//, ''),
        language: lead.language ?? '',
        features: featuresOf(lead, scoreLead(lead, profile).topical),
      };
    }),
  );
}
