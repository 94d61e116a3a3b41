import { newEvent } from '../store/events/index.ts';
import { type ControlState, evolveControl, NO_CONTROL } from '../store/projections/control.ts';
import { type Kernel, retryConflicts } from './kernel.ts';

/** Who switches, as in the envelope of an event. */
export interface Switcher {
  readonly actor: string;
  readonly source: string;
  readonly person: string;
}

export type Switched = 'done' | 'already' | 'untested';

/** A mail server took a test mail: from now on live may be switched on. */
export async function recordTestMail(kernel: Kernel, by: Switcher, server: string): Promise<void> {
  await change(kernel, (_control, envelope) => newEvent('control', 'TestMailAccepted', { server }, envelope), by);
}

/** Mail really leaves from here on. Refused until a test mail was taken. */
export async function goLive(kernel: Kernel, by: Switcher): Promise<Switched> {
  return change(
    kernel,
    ({ tested, live }, envelope) => (live ? 'already' : tested ? newEvent('control', 'WentLive', { by: by.person }, envelope) : 'untested'),
    by,
  );
}

/** Mail stays in the outbox again. */
export async function backToPractice(kernel: Kernel, by: Switcher): Promise<Switched> {
  return change(kernel, ({ live }, envelope) => (live ? newEvent('control', 'BackToPractice', { by: by.person }, envelope) : 'already'), by);
}

type Decide = (control: ControlState, envelope: Parameters<typeof newEvent>[3]) => ReturnType<typeof newEvent> | Exclude<Switched, 'done'>;

const change = (kernel: Kernel, decide: Decide, { actor, source }: Switcher): Promise<Switched> =>
  retryConflicts(async () => {
    const control = (await kernel.journal.readStream('control')).reduce(evolveControl, NO_CONTROL);
    const decided = decide(control, { actor, source, cause: null, correlation: `control@${control.version + 1}`, subject: null });
    if (typeof decided === 'string') return decided;
    const { commit } = await kernel.journal.append([decided], { control: control.version });
    await kernel.projector.reached(commit);
    return 'done';
  });
