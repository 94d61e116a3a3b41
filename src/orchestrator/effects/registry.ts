import { CountersignError } from '../../store/errors.ts';
import type { Action, Connector, ExternalAction } from './action.ts';

export interface Actions {
  readonly names: readonly string[];
  /** @throws CountersignError `UnknownAction` */
  get(name: string): Action;
}

/**
 * Everything an item can ask for.
 * @throws CountersignError `DuplicateAction`
 */
export function createActions(list: readonly Action[]): Actions {
  const byName = new Map<string, Action>();
  for (const action of list) {
    if (byName.has(action.name)) throw new CountersignError('DuplicateAction', `Two actions are named ${action.name}: give one of them another name.`);
    byName.set(action.name, action);
  }
  const names = [...byName.keys()].sort();
  return {
    names,
    get(name) {
      const action = byName.get(name);
      if (!action) throw new CountersignError('UnknownAction', `There is no action ${JSON.stringify(name)}. Known ones: ${names.join(', ')}.`);
      return action;
    },
  };
}

/** The connector a started effect took, by the name in `EffectStarted`; null when it is no longer there. */
export const connectorNamed = (action: ExternalAction, name: string): Connector | null =>
  (action.connectors ?? [action.connector]).find((connector) => connector.name === name) ?? null;
