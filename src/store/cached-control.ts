import type { DocumentStore } from './documents.ts';
import { type ControlState, NO_CONTROL } from './projections/control.ts';
import type { Projections } from './projections/projector.ts';

/** The control document at hand without waiting, for questions asked on the way out. */
export async function followControl(documents: DocumentStore, projections: Projections, onError: (error: unknown) => void): Promise<() => ControlState> {
  const read = async (): Promise<ControlState> => {
    const document = await documents.get('control', 'state');
    // Written by the fold of exactly this state.
    return document === null ? NO_CONTROL : (document.data as unknown as ControlState);
  };
  let control = await read();
  projections.onApplied((commits) => {
    if (!commits.some(({ events }) => events.some(({ stream }) => stream === 'control'))) return;
    read().then((state) => {
      control = state;
    }, onError);
  });
  return () => control;
}
