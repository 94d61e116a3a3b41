import type { DomainEvent } from '../events/index.ts';
import type { Json, JsonObject } from '../json.ts';

/** An entity's canonical state, and where each value came from. */
export interface EntityState {
  readonly version: number;
  readonly person: string | null;
  readonly externalIds: Readonly<Record<string, string>>;
  readonly removed: boolean;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly fields: JsonObject;
  /** Latest provenance per field changed after creation; `*` for the rest. */
  readonly provenance: Readonly<Record<string, { readonly at: string; readonly source: string; readonly agent: string | null; readonly task: string | null }>>;
}

export function evolveEntity(state: EntityState | null, event: DomainEvent): EntityState | null {
  switch (event.type) {
    case 'DocumentCreated':
      return {
        version: event.version,
        person: event.data.person,
        externalIds: event.data.externalIds,
        removed: false,
        createdAt: event.at,
        updatedAt: event.at,
        fields: event.data.fields,
        provenance: { '*': { at: event.at, ...event.data.provenance } },
      };
    case 'DocumentChanged': {
      if (state === null) return null;
      const fields: Record<string, Json> = { ...state.fields };
      const provenance = { ...state.provenance };
      for (const { field, to } of event.data.changes) {
        fields[field] = to;
        provenance[field] = { at: event.at, ...event.data.provenance };
      }
      return { ...state, version: event.version, updatedAt: event.at, fields, provenance };
    }
    case 'DocumentRemoved':
      return state === null ? null : { ...state, version: event.version, updatedAt: event.at, removed: true };
    default:
      return state;
  }
}
