import { newEvent } from '../store/events/index.ts';
import { canonicalJson } from '../store/json.ts';
import type { Advancer } from './advance.ts';
import { about, type Kernel, loadEntity, loadTask } from './kernel.ts';
import type { TaskState } from './task.ts';

/** Why a task is not wanted any more, or null: a document it builds on is not as it was. */
export async function brokenGuard(kernel: Kernel, task: TaskState): Promise<string | null> {
  for (const guard of task.request.guards) {
    const entity = await loadEntity(kernel, guard.ref);
    if (entity === null || entity.removed) return 'Not needed any more: what it is about is gone.';
    if (canonicalJson(entity.fields[guard.field] ?? null) !== canonicalJson(guard.equals)) return `Not needed any more: ${guard.field} has changed.`;
  }
  return null;
}

/** Cancels what waits for a document to stay as it is, such as a follow-up after the reply came. */
export async function checkGuards(kernel: Kernel, advancer: Advancer, ref: string): Promise<void> {
  const open = await kernel.documents.find('task', { where: { 'request.about': ref, status: { in: ['requested', 'proposed'] } }, limit: 100 });
  for (const { id } of open) {
    await advancer.exclusive(id, async () => {
      const task = await loadTask(kernel, id);
      if (task === null || (task.status !== 'requested' && task.status !== 'proposed')) return;
      // Once something has left, the rest of the task goes on.
      if (task.items.some((record) => record.status === 'executing' || record.status === 'done')) return;
      const reason = await brokenGuard(kernel, task);
      if (reason === null) return;
      await kernel.journal.append([newEvent(`task:${id}`, 'TaskCancelled', { reason }, about(task, 'system:director', 'director'))], {
        [`task:${id}`]: task.version,
      });
    });
  }
}
