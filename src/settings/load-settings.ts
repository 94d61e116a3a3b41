import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { z } from 'zod';
import type { Playbook } from '../agents/agent.ts';
import { type Company, companySchema } from '../agents/company.ts';
import { type Prices, pricesSchema } from '../agents/models/prices.ts';
import type { BudgetLimits } from '../orchestrator/budget.ts';
import { approverProblems } from '../orchestrator/policy/approvers.ts';
import { isNamed } from '../orchestrator/policy/match.ts';
import { type Policy, policySchema } from '../orchestrator/policy/schema.ts';
import { sha256 } from '../store/json.ts';
import { type AgentsFile, type AgentsSettings, agentsSchema, agentsSettings } from './agents-settings.ts';
import { nearest } from './nearest.ts';
import { findPlaybooks, readPlaybooks } from './playbooks.ts';
import { SettingsError, type SettingsProblem } from './settings-error.ts';
import type { SettingsFolders } from './settings-folders.ts';
import { type Checked, readYamlFile } from './yaml-file.ts';

/** Names that rules and `agents.yaml` may use: a wrong one would never match, and nobody would notice. */
export interface KnownNames {
  readonly agents: readonly string[];
  readonly actions: readonly string[];
  /** What agents work by, and how to tell that it is usable. */
  readonly playbooks?: readonly Playbook[];
}

export interface Settings {
  readonly company: Company;
  readonly policies: Policy;
  /** SHA-256 (hex) of `policyText`, as in `PolicyLoaded`. */
  readonly policyHash: string;
  /** The file as it was read, comments and all. */
  readonly policyText: string;
  readonly agents: AgentsSettings;
  readonly prices: Prices;
  readonly budgets: BudgetLimits;
  /** Name (`reply`) → text. */
  readonly playbooks: ReadonlyMap<string, string>;
  /** `company.yaml`, `playbooks/reply.md` …; `own`: the person's, in `local`. */
  readonly files: readonly { readonly name: string; readonly path: string; readonly own: boolean }[];
  /** SHA-256 (hex) over all files: differs when any of them does. */
  readonly hash: string;
}

const SETTINGS_FILES = ['company.yaml', 'policies.yaml', 'agents.yaml', 'prices.yaml'] as const;
type FileName = (typeof SETTINGS_FILES)[number];

/**
 * Reads all settings files and checks them, each by itself and against one another.
 * @throws SettingsError listing every problem of every file
 */
export async function loadSettings(folders: SettingsFolders, known?: KnownNames): Promise<Settings> {
  const files = await Promise.all(SETTINGS_FILES.map((name) => locate(folders, name)));
  const problems: SettingsProblem[] = [];
  const read = async <T>(name: FileName, schema: z.ZodType<T>): Promise<Checked<T> | null> => {
    try {
      return await readYamlFile(files.find((file) => file.name === name)?.path ?? name, schema);
    } catch (error) {
      if (!(error instanceof SettingsError)) throw error;
      problems.push(...error.problems);
      return null;
    }
  };
  const company = await read('company.yaml', companySchema);
  const policies = await read('policies.yaml', policySchema);
  const agents = await read('agents.yaml', agentsSchema);
  const prices = await read('prices.yaml', pricesSchema);
  const found = await findPlaybooks(folders);
  const playbooks = await readPlaybooks(folders, found, known?.playbooks ?? []);
  problems.push(...playbooks.problems);

  if (company && policies)
    problems.push(
      ...approverProblems(
        policies.value,
        company.value.people.map(({ id }) => id),
      ).map(({ path, message }) => policies.problem(path, message)),
    );
  if (known && policies) problems.push(...unknownInRules(policies, known));
  if (known && agents) problems.push(...unknownAgents(agents, known));
  if (!company || !policies || !agents || !prices || problems.length > 0) throw new SettingsError(problems);

  return {
    company: company.value,
    policies: policies.value,
    policyHash: sha256(policies.text),
    policyText: policies.text,
    agents: agentsSettings(agents.value),
    prices: prices.value,
    budgets: budgetsOf(policies.value, agents.value),
    playbooks: playbooks.texts,
    files: [...files, ...found.map(({ name, path, own }) => ({ name: `playbooks/${name}.md`, path, own }))],
    hash: sha256([...[company, policies, agents, prices].map(({ text }) => text), ...[...playbooks.texts].flat()].map(sha256).join()),
  };
}

/** Changes whenever a settings file does, cheap enough to ask for every second. */
export async function fingerprint(folders: SettingsFolders): Promise<string> {
  const places = [folders.defaults, folders.local].flatMap((folder) => SETTINGS_FILES.map((name) => join(folder, name)));
  const playbooks = (await findPlaybooks(folders)).map(({ path }) => path);
  return (await Promise.all([...places, ...playbooks].map(async (path) => `${path} ${await stamp(path)}`))).join('\n');
}

async function stamp(path: string): Promise<string> {
  try {
    const { mtimeMs, size, ino } = await stat(path);
    return `${mtimeMs}/${size}/${ino}`;
  } catch {
    return '-';
  }
}

async function locate({ defaults, local }: SettingsFolders, name: FileName) {
  const own = (await stamp(join(local, name))) !== '-';
  return { name, path: join(own ? local : defaults, name), own };
}

function unknownInRules({ value, problem }: Checked<Policy>, known: KnownNames): readonly SettingsProblem[] {
  return value.rules.flatMap(({ when }, index) =>
    [
      { key: 'agent', patterns: when.agent ?? [], names: known.agents },
      { key: 'agentNot', patterns: when.agentNot ?? [], names: known.agents },
      { key: 'action', patterns: when.action ?? [], names: known.actions },
    ].flatMap(({ key, patterns, names }) =>
      patterns
        .filter((pattern) => !names.some((name) => isNamed([pattern], name)))
        .map((pattern) => problem(['rules', index, 'when', key], unknownName(key === 'action' ? 'action' : 'agent', pattern, names))),
    ),
  );
}

const unknownAgents = ({ value, problem }: Checked<AgentsFile>, known: KnownNames): readonly SettingsProblem[] =>
  Object.keys(value.agents)
    .filter((name) => !known.agents.includes(name))
    .map((name) => problem(['agents', name], unknownName('agent', name, known.agents)));

function unknownName(what: string, name: string, names: readonly string[]): string {
  const meant = nearest(name, names);
  return `expected an ${what} there is, found ${name}. ${meant === null ? `There are: ${names.join(', ')}.` : `Did you mean ${meant}?`}`;
}

const micros = (usd: number): number => Math.round(usd * 1e6);

const budgetsOf = ({ budget }: Policy, { agents }: AgentsFile): BudgetLimits => ({
  dayMicros: micros(budget.perDayUsd),
  monthMicros: micros(budget.perMonthUsd),
  agentDayMicros: Object.fromEntries(
    Object.entries(agents).flatMap(([name, { budgetPerDayUsd }]) => (typeof budgetPerDayUsd === 'number' ? [[name, micros(budgetPerDayUsd)]] : [])),
  ),
});
