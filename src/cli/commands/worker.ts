import type { Command } from 'commander';
import type { Registry } from '../../agents/registry.ts';
import { CountersignError } from '../../store/errors.ts';
import { needsSharedQueue } from '../needs-shared-queue.ts';
import { stayUntilStopped } from '../serve.ts';
import { examples, type Shell } from '../shell.ts';
import { wholeNumber } from '../values.ts';

export function addWorker(program: Command, shell: Shell): void {
  program
    .command('worker')
    .description('run agents for the processes that serve')
    .option('--agents <names>', 'only these, separated by commas')
    .option('--concurrency <count>', 'runs at once per agent; as agents.yaml says if left out', wholeNumber)
    .addHelpText(
      'after',
      `${examples('worker', 'worker --agents lead-qualification --concurrency 8')}\nStarts as many as you like, wherever MONGODB_URL and REDIS_URL are reached. Ctrl-C stops it.\n`,
    )
    .action(async ({ agents, concurrency }: { agents?: string; concurrency?: number }) => {
      const main = await shell.main();
      const out = shell.output();
      const env = main.environment();
      needsSharedQueue(env, 'worker', 'the agents run inside countersign start');
      const house = await main.openHouse(env, { role: 'worker' });
      try {
        const chosen = chooseAgents(house.kernel.agents, agents ?? null);
        const running = await main.startWorker(house, { agents: chosen, concurrency: concurrency ?? null });
        await running.ready();
        const names = chosen.map(({ name }) => name);
        out.result(
          { worker: house.kernel.process, agents: names, pid: process.pid },
          `Worker ${house.kernel.process} runs ${names.join(', ')}. Ctrl-C stops it.`,
        );
        await stayUntilStopped({ running }, out, shell);
      } catch (error) {
        await house.close();
        throw error;
      }
    });
}

/** @throws CountersignError `NotFound` naming the agents there are */
function chooseAgents(registry: Registry, names: string | null) {
  if (names === null) return registry.list();
  return names.split(',').map((name) => {
    const agent = registry.get(name.trim());
    if (agent !== null) return agent;
    const known = registry.list().map((each) => each.name);
    throw new CountersignError('NotFound', `There is no agent ${JSON.stringify(name.trim())}. There are: ${known.join(', ')}.`);
  });
}
