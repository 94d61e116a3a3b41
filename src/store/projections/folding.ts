import type { Clock } from '../../ports.ts';
import type { DocumentStore } from '../documents.ts';
import type { Journal } from '../journal.ts';
import { foldedElsewhere, foldOnDemand, type Projections, Projector } from './projector.ts';
import { SharedProjections } from './shared.ts';

/**
 * Who brings the documents up to the log. `always`: this process. `in-turn`: whichever of several
 * leads. `on-demand`: this one, for as long as it needs them. `elsewhere`: another one is there.
 */
export type Folds = 'always' | 'in-turn' | 'on-demand' | 'elsewhere';

/** How the documents come by what is in the log. */
export interface Folding {
  readonly projections: Projections;
  /** Where processes take turns. */
  readonly shared: SharedProjections | null;
  /** Resolves when the documents hold what they can hold by now. */
  readonly start: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

export function foldingOf(folds: Folds, journal: Journal, documents: DocumentStore, clock: Clock, onError: (error: unknown) => void): Folding {
  switch (folds) {
    case 'always': {
      const projector = new Projector(journal, documents);
      return { projections: projector, shared: null, start: () => projector.start(onError), stop: () => projector.stop() };
    }
    case 'in-turn': {
      const shared = new SharedProjections(journal, documents, clock, onError);
      return { projections: shared, shared, start: () => shared.start(), stop: () => shared.stop() };
    }
    case 'on-demand':
    case 'elsewhere': {
      const projections = folds === 'on-demand' ? foldOnDemand(journal, documents) : foldedElsewhere(documents, clock);
      return { projections, shared: null, start: async () => projections.reached(await journal.head()), stop: async () => {} };
    }
    default:
      return folds satisfies never;
  }
}
