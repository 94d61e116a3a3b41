import { Command } from 'commander';
import { addAgents } from './commands/agents.ts';
import { addApprovals } from './commands/approvals.ts';
import { addDemo } from './commands/demo.ts';
import { addDoctor } from './commands/doctor.ts';
import { addDoors } from './commands/doors.ts';
import { addForget } from './commands/forget.ts';
import { addImport } from './commands/import.ts';
import { addInit } from './commands/init.ts';
import { addLog } from './commands/log.ts';
import { addMove } from './commands/move.ts';
import { addStart } from './commands/start.ts';
import { addTasks } from './commands/tasks.ts';
import { addWhy } from './commands/why.ts';
import { addWorker } from './commands/worker.ts';
import { createShell, type Shell } from './shell.ts';

/** In the order of help: what matters first, then the rest by what it is for. */
const GROUPS: readonly (readonly [heading: string, commands: readonly string[]])[] = [
  ['What matters first:', ['start', 'init', 'import', 'approvals', 'approve', 'why']],
  ['Decide and look:', ['reject', 'tasks', 'agents', 'run', 'pause', 'resume', 'mark']],
  ['When something went wrong:', ['doctor', 'retry', 'discard', 'cancel', 'resolve']],
  ['Ways in and out:', ['login', 'form', 'live', 'demo']],
  ['More than one process:', ['serve', 'worker']],
  ['The log:', ['verify', 'rebuild', 'forget']],
  ['Keep and move:', ['backup', 'restore', 'migrate']],
];

const EXITS = `
Exit codes: 0 done · 1 refused or broken · 2 wrong command line or environment · 3 not found · 4 in use · 5 the log is damaged
Anywhere: --json for scripts (JSON lines), --verbose for the stack of an error.
`;

export function createProgram(streams: Shell['streams'], version: string, exit: (code: number) => void): Command {
  const program = new Command('countersign')
    .description('Agents do the repeating work of your company and propose; you countersign.')
    .usage('<command> [options]')
    .version(version)
    .option('--json', 'JSON lines for scripts')
    .option('--verbose', 'show where an error happened')
    .commandsGroup('When something went wrong:')
    .helpCommand('help [command]', 'how a command works')
    .showHelpAfterError('See: countersign --help')
    .configureOutput({ writeOut: (text) => streams.out.write(text), writeErr: (text) => streams.err.write(text) })
    .exitOverride()
    .addHelpText('after', EXITS);
  const shell = createShell(program, streams, exit);
  // Made apart, and added in the order of help.
  const made = new Command().copyInheritedSettings(program).configureHelp({
    showGlobalOptions: true,
    visibleGlobalOptions: (command) => program.options.filter(({ long }) => command !== program && long !== '--version'),
  });
  for (const add of [
    addStart,
    addWorker,
    addInit,
    addImport,
    addApprovals,
    addWhy,
    addTasks,
    addAgents,
    addDoctor,
    addDoors,
    addDemo,
    addLog,
    addForget,
    addMove,
  ])
    add(made, shell);
  for (const [heading, names] of GROUPS) {
    for (const name of names) {
      const command = made.commands.find((each) => each.name() === name);
      if (command !== undefined) program.addCommand(command.helpGroup(heading).showHelpAfterError(`See: countersign ${name} --help`));
    }
  }
  return program;
}
