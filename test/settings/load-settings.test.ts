import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { fingerprint, loadSettings } from '../../src/settings/load-settings.ts';
import type { SettingsFolders } from '../../src/settings/settings-folders.ts';

const KNOWN = { agents: ['lead-qualification'], actions: ['document.change', 'document.create', 'http.call', 'mail.send', 'task.schedule'] };
const FILES = ['company.yaml', 'policies.yaml', 'agents.yaml', 'prices.yaml'];

let folders: SettingsFolders;
const own = (name: string, text: string) => writeFile(join(folders.local, name), text);
const refusal = async (): Promise<string> =>
  loadSettings(folders, KNOWN).then(
    () => 'accepted',
    (error: Error) => error.message.replaceAll(`${folders.local}/`, ''),
  );

beforeEach(async () => {
  const defaults = await mkdtemp(join(tmpdir(), 'config-'));
  folders = { defaults, local: join(defaults, 'local') };
  await mkdir(folders.local);
  for (const name of FILES) await cp(join('config', name), join(defaults, name));
});

test('what we ship can be used as it is', async () => {
  const settings = await loadSettings(folders, KNOWN);
  expect(settings.files.map(({ name, own: isOwn }) => [name, isOwn])).toEqual(FILES.map((name) => [name, false]));
  expect(settings.policyText).toBe(await readFile('config/policies.yaml', 'utf8'));
  expect(settings.budgets).toEqual({ dayMicros: 2_000_000, monthMicros: 20_000_000, agentDayMicros: { 'lead-qualification': 1_000_000 } });
  expect(settings.agents.limits.waitingCards).toBe(20);
});

describe("the person's own file stands whole for ours", () => {
  test('and only that file', async () => {
    await own('policies.yaml', 'rules: []\nlimits: { perDay: 7 }\n');
    const settings = await loadSettings(folders, KNOWN);
    expect(settings.policies.rules).toEqual([]);
    expect(settings.policies.limits).toEqual({ perHour: 200, perDay: 7, perRecipientPerDay: 3 });
    expect(settings.files.filter((file) => file.own).map(({ name }) => name)).toEqual(['policies.yaml']);
  });

  test('an agent has its own values, and the defaults for the rest', async () => {
    await own('agents.yaml', 'defaults: { concurrency: 2 }\nagents:\n  lead-qualification: { timeoutSeconds: 5 }\n');
    const { agents } = await loadSettings(folders, KNOWN);
    expect(agents.of('lead-qualification')).toMatchObject({ concurrency: 2, timeoutMs: 5000, enabled: true });
    expect(agents.of('another')).toMatchObject({ concurrency: 2, timeoutMs: 60_000 });
  });

  test('the hash and the fingerprint tell that something changed', async () => {
    const before = await loadSettings(folders);
    const print = await fingerprint(folders);
    expect(await fingerprint(folders)).toBe(print);
    await own('agents.yaml', 'limits: { waitingCards: 3 }\n');
    const after = await loadSettings(folders);
    expect(after.hash).not.toBe(before.hash);
    expect(after.policyHash).toBe(before.policyHash);
    expect(await fingerprint(folders)).not.toBe(print);
    await rm(join(folders.local, 'agents.yaml'));
    expect(await fingerprint(folders)).toBe(print);
  });
});

describe('refused', () => {
  const asking = (extra: string) => `rules:\n  - { id: a, when: {}, then: ask, reason: b, ${extra} }\n`;
  const people = async () => own('company.yaml', (await readFile('config/company.yaml', 'utf8')).replace('people: []', 'people: [{ id: ana, name: Ana }]'));

  test.each([
    {
      why: 'an approver who is nobody',
      text: 'approvers: [owner, anna]\nrules: []\n',
      told: 'policies.yaml:1:20 approvers.1: expected a person of company.yaml (owner, ana), found anna',
    },
    {
      why: 'a quorum nobody can reach',
      text: asking('quorum: 2'),
      told: 'policies.yaml:2:54 rules.0.quorum: expected at least 2 who may approve, found 1 (of owner)',
    },
    {
      why: 'an approver of a rule who is none at the top',
      text: asking('approvers: [ana]'),
      told: 'policies.yaml:2:58 rules.0.approvers.0: expected one of the approvers at the top (owner), found ana',
    },
    {
      why: 'no self-approval with the owner alone',
      text: 'selfApproval: false\nrules: []\n',
      told: 'policies.yaml:1:15 selfApproval: expected at least 1 who may approve beside whoever asked for it (selfApproval: false), found 0 (of owner)',
    },
    {
      why: 'escalation to nobody',
      text: 'rules: []\napproval: { escalate: { after: 1 day, to: [eve] } }\n',
      told: 'policies.yaml:2:44 approval.escalate.to.0: expected a person of company.yaml (owner, ana), found eve',
    },
    {
      why: 'an agent there is not',
      text: 'rules: [{ id: a, when: { agent: lead-qualifcation }, then: deny, reason: b }]\n',
      told: 'policies.yaml:1:33 rules.0.when.agent: expected an agent there is, found lead-qualifcation. Did you mean lead-qualification?',
    },
    {
      why: 'an action there is not',
      text: 'rules: [{ id: a, when: { action: mail.sent }, then: deny, reason: b }]\n',
      told: 'policies.yaml:1:34 rules.0.when.action: expected an action there is, found mail.sent. Did you mean mail.send?',
    },
  ])('settings that leave nobody who may approve, or never match (I7): $why', async ({ text, told }) => {
    await people();
    await own('policies.yaml', text);
    expect(await refusal()).toBe(told);
  });

  test('an unknown agent in agents.yaml', async () => {
    await own('agents.yaml', 'agents:\n  leads: {}\n');
    expect(await refusal()).toBe('agents.yaml:2:3 agents.leads: expected an agent there is, found leads. There are: lead-qualification.');
  });

  test('with the problems of all files at once', async () => {
    await own('policies.yaml', 'ruls: []\n');
    await own('agents.yaml', 'limits: { waitingCards: none }\n');
    await own('company.yaml', 'company: X\n');
    const lines = (await refusal()).split('\n');
    expect(new Set(lines.map((line) => line.split(':')[0]))).toEqual(new Set(['company.yaml', 'policies.yaml', 'agents.yaml']));
    expect(lines).toContain('policies.yaml:1:1 ruls: expected no such key. Did you mean rules?');
  });

  test('a quorum that enough people can reach is accepted', async () => {
    await people();
    await own('policies.yaml', `approvers: [owner, ana]\n${asking('quorum: 2')}`);
    expect(await refusal()).toBe('accepted');
  });
});
