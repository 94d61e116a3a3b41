import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { policySchema } from '../../src/orchestrator/policy/schema.ts';
import { agentsSchema } from '../../src/settings/agents-settings.ts';
import { SettingsError } from '../../src/settings/settings-error.ts';
import { parseYaml, readYamlFile } from '../../src/settings/yaml-file.ts';

const problems = (text: string, schema: z.ZodType = policySchema): string[] => {
  try {
    parseYaml(text, 'policies.yaml', schema);
    return [];
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    return error.message.split('\n');
  }
};
const rule = (lines: string) => `rules:\n  - id: mails\n    when: { action: mail.send }\n    then: ask\n    reason: A mail.\n${lines}`;

describe('a wrong file is told with file, line, column, what was expected and what came', () => {
  test.each([
    {
      wrong: 'a misspelt key',
      text: 'rules: []\nlimits:\n  perHuor: 3\n',
      told: 'policies.yaml:3:3 limits.perHuor: expected no such key. Did you mean perHour?',
    },
    {
      wrong: 'a misspelt condition',
      text: 'rules:\n  - { id: a, when: { actoin: x }, then: ask, reason: b }\n',
      told: 'policies.yaml:2:22 rules.0.when.actoin: expected no such key. Did you mean action?',
    },
    {
      wrong: 'a key from nowhere',
      text: 'rules: []\nbatch: { xyzzy: 1 }\n',
      told: 'policies.yaml:2:10 batch.xyzzy: expected no such key. Known here: schedule, timeZone.',
    },
    { wrong: 'a text for a number', text: 'rules: []\nlimits:\n  perHour: many\n', told: 'policies.yaml:3:12 limits.perHour: expected a number, found "many"' },
    { wrong: 'a number too small', text: 'rules: []\nlimits: { perHour: 0 }\n', told: 'policies.yaml:2:20 limits.perHour: expected at least 1, found 0' },
    {
      wrong: 'a word that is none of the choices',
      text: 'rules: []\napproval: { silence: approve }\n',
      told: 'policies.yaml:2:22 approval.silence: expected reject or ask-again, found "approve"',
    },
    {
      wrong: 'a time span',
      text: 'rules: []\napproval: { expiresAfter: soon }\n',
      told: 'policies.yaml:2:27 approval.expiresAfter: expected a time span such as 30 minutes or 7 days, found "soon"',
    },
    {
      wrong: 'a time of day',
      text: 'rules: []\nquietHours: { from: 25:00, to: 08:00 }\n',
      told: 'policies.yaml:2:21 quietHours.from: expected a time such as 20:00, found "25:00"',
    },
    {
      wrong: 'quiet hours without length',
      text: 'rules: []\nquietHours: { from: 08:00, to: 08:00 }\n',
      told: 'policies.yaml:2:1 quietHours: expected two different times, found a section',
    },
    {
      wrong: 'a time zone',
      text: 'rules: []\nbatch: { timeZone: Europe/Berln }\n',
      told: 'policies.yaml:2:20 batch.timeZone: expected an IANA time zone such as Europe/Berlin, found "Europe/Berln"',
    },
    {
      wrong: 'something missing',
      text: 'rules:\n  - id: mails\n    when: {}\n    then: ask\n',
      told: 'policies.yaml:2:5 rules.0.reason: expected a text, found nothing',
    },
    { wrong: 'an empty section', text: 'rules: []\nlimits:\n', told: 'policies.yaml:2:1 limits: expected a section of its own, found null' },
    { wrong: 'an empty file', text: '', told: 'policies.yaml:1:1 rules: expected a list, found nothing' },
    { wrong: 'a list for a section', text: 'rules: []\nlimits: [1]\n', told: 'policies.yaml:2:1 limits: expected a section of its own, found a list of 1' },
    { wrong: 'a key twice', text: 'rules: []\nlimits: {}\nrules: []\n', told: 'policies.yaml:3:1 expected each key once, found it a second time' },
    {
      wrong: 'a rule twice',
      text: `${rule('')}${rule('').replace('rules:\n', '')}`,
      told: 'policies.yaml:6:9 rules.1.id: expected an id of its own; mails is taken, found "mails"',
    },
  ])('$wrong', ({ text, told }) => {
    expect(problems(text)).toContain(told);
  });

  test('a schedule', () => {
    expect(problems('rules: []\nbatch: { schedule: every day }\n')[0]).toMatch(
      /^policies.yaml:2:20 batch.schedule: expected five cron fields .* such as 0 17 \* \* 1-5, found "every day"$/,
    );
  });

  test('everything wrong is told at once', () => {
    expect(problems('rules: []\nlimits: { perHour: 0, perDay: x }\nbatsh: {}\n')).toHaveLength(3);
  });

  test('what is no YAML is told with its place', () => {
    expect(problems('rules: [\nlimits: {}\n')[0]).toMatch(/^policies\.yaml:\d+:\d+ \S/);
  });

  test('an unknown key of an agent is told among many agents', () => {
    expect(problems('agents:\n  lead-qualification:\n    concurency: 3\n', agentsSchema)).toEqual([
      'policies.yaml:3:5 agents.lead-qualification.concurency: expected no such key. Did you mean concurrency?',
    ]);
  });
});

describe('rules that would be unsafe are refused (I8)', () => {
  test.each([
    {
      why: 'text may not allow',
      text: 'rules: [{ id: a, when: { mentionsContract: true }, then: allow, reason: b }]',
      at: 'rules.0.when.mentionsContract: expected a condition on text from outside may only ask or deny',
    },
    {
      why: 'a recipient may not allow',
      text: 'rules: [{ id: a, when: { recipient: "*@example.com" }, then: batch, reason: b }]',
      at: 'rules.0.when.recipient',
    },
    {
      why: 'money may not be waived',
      text: 'rules: [{ id: a, when: { mentionsMoneyAbove: { amount: 1 } }, then: ask, reason: b, waivable: true }]',
      at: 'rules.0.waivable',
    },
    { why: 'a denial may not be waived', text: 'rules: [{ id: a, when: {}, then: deny, reason: b, waivable: true }]', at: 'rules.0.waivable' },
    { why: 'nor what is high risk', text: 'rules: [{ id: a, when: {}, then: ask, reason: b, highRisk: true, waivable: true }]', at: 'rules.0.waivable' },
    { why: 'an allowance has no approvers', text: 'rules: [{ id: a, when: {}, then: allow, reason: b, approvers: [owner] }]', at: 'rules.0.approvers' },
  ])('$why', ({ text, at }) => {
    expect(problems(text).join()).toContain(at);
  });
});

describe('hostile files', () => {
  const any = z.looseObject({});
  test('aliases that multiply', () => {
    const bomb = [
      'a: &a [x, x, x, x, x, x, x, x, x]',
      ...'bcdefghi'.split('').map((name, index) => `${name}: &${name} [${Array(9).fill(`*${'abcdefghi'[index]}`).join(', ')}]`),
    ].join('\n');
    expect(problems(bomb, any)).toHaveLength(1);
  });

  test('__proto__ is a key like any other, and unknown', () => {
    expect(problems('rules: []\n__proto__: { limits: 1 }\n').join()).toContain('__proto__: expected no such key');
    expect(Object.prototype).not.toHaveProperty('limits');
  });

  test('too large, missing, or not UTF-8', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'settings-'));
    const read = (name: string) => readYamlFile(join(folder, name), any);
    await writeFile(join(folder, 'large.yaml'), `a: ${'x'.repeat(60_000)}`);
    await writeFile(join(folder, 'latin.yaml'), Buffer.from([0x61, 0x3a, 0x20, 0xe4]));
    await expect(read('large.yaml')).rejects.toThrow('expected at most 50000 bytes, found 60003');
    await expect(read('latin.yaml')).rejects.toThrow('expected text in UTF-8');
    await expect(read('missing.yaml')).rejects.toThrow('missing.yaml:1:1 expected a settings file that can be read');
  });
});
