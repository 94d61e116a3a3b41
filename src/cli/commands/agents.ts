import type { Command } from 'commander';
import { isPaused } from '../../store/projections/control.ts';
import { AgentCounter } from '../agent-figures.ts';
import { tellAnswer } from '../answer.ts';
import { EXIT } from '../output.ts';
import { examples, OWNER, type Shell, withHouse } from '../shell.ts';

export function addAgents(program: Command, shell: Shell): void {
  program
    .command('agents')
    .description('the agents, their proposals and what they cost')
    .addHelpText('after', examples('agents', 'agents --json'))
    .action(() =>
      withHouse(shell, async ({ kernel }, out) => {
        const counter = new AgentCounter();
        const head = await kernel.journal.head();
        for await (const commits of kernel.journal.read(0)) {
          for (const { events } of commits) for (const event of events) counter.add(event);
          out.progress('commits read', commits.at(-1)?.commit ?? 0, head);
        }
        const agents = kernel.agents.list().map(({ name, version, does }) => ({
          name,
          version,
          does,
          paused: isPaused(kernel.control(), name),
          enabled: kernel.settings().agents.of(name).enabled,
          ...counter.figures(name),
        }));
        const columns = [
          { key: 'name', title: 'AGENT', width: 24 },
          { key: 'version', title: 'VERSION', width: 8 },
          { key: 'state', title: 'STATE', width: 8 },
          { key: 'proposals', title: 'PROPOSALS', width: 9 },
          { key: 'approvedShare', title: 'APPROVED', width: 8 },
          { key: 'editedShare', title: 'EDITED', width: 8 },
          { key: 'rejectedShare', title: 'REJECTED', width: 8 },
          { key: 'cost', title: 'COST', width: 10 },
          { key: 'does', title: 'WHAT IT DOES', width: 90 },
        ];
        const shown = agents.map((agent) => {
          const decided = agent.approved + agent.edited + agent.rejected;
          const share = (count: number) => (decided === 0 ? '–' : `${Math.round((100 * count) / decided)} %`);
          const state = !agent.enabled ? 'off' : agent.paused ? 'paused' : 'working';
          return {
            ...agent,
            state,
            approvedShare: share(agent.approved),
            editedShare: share(agent.edited),
            rejectedShare: share(agent.rejected),
            cost: `$${(agent.costMicros / 1e6).toFixed(4)}`,
          };
        });
        out.rows(out.json ? agents : shown, columns, 'There are no agents.');
        return EXIT.ok;
      }),
    );

  program
    .command('pause')
    .description('start nothing new, of one agent or all')
    .argument('[agent]', 'its name, or all', 'all')
    .addHelpText('after', examples('pause', 'pause lead-qualification'))
    .action((agent: string) => withHouse(shell, async ({ desk }, out) => tellAnswer(out, await desk.pause(OWNER, nameOf(agent)), { agent }, '')));

  program
    .command('resume')
    .description('let an agent, or all, work again')
    .argument('[agent]', 'its name, or all', 'all')
    .addHelpText('after', examples('resume', 'resume lead-qualification'))
    .action((agent: string) => withHouse(shell, async ({ desk }, out) => tellAnswer(out, await desk.resume(OWNER, nameOf(agent)), { agent }, '')));
}

const nameOf = (agent: string): string => (agent === 'all' ? '*' : agent);
