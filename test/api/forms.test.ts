import { expect, it } from 'vitest';
import { findForm, listForms, openForm, revokeForm } from '../../src/api/forms.ts';
import { memoryKeyValues } from '../support/memory-key-values.ts';
import { seededRandom } from '../support/seeded-random.ts';

const given = () => ({ kv: memoryKeyValues({ now: () => 0 }), random: seededRandom(1) });

it('opens a form under a path that cannot be guessed, and keeps it when it is opened again', async () => {
  const { kv, random } = given();
  const form = await openForm(kv, random, 'contact', { redirect: null });
  expect(form).toMatchObject({ name: 'contact', redirect: null, path: expect.stringMatching(/^[0-9a-hjkmnp-tv-z]{26}$/) });
  expect(await openForm(kv, random, 'contact', { redirect: null })).toEqual(form);
  expect(await findForm(kv, form.path)).toEqual(form);
  expect(await findForm(kv, 'contact')).toBeNull();
});

it('keeps a redirect until another one is given', async () => {
  const { kv, random } = given();
  await openForm(kv, random, 'contact', { redirect: 'https://nordlicht.example/thanks?a=b' });
  await openForm(kv, random, 'contact', { redirect: null });
  expect((await listForms(kv)).map(({ redirect }) => redirect)).toEqual(['https://nordlicht.example/thanks?a=b']);
  expect((await openForm(kv, random, 'contact', { redirect: 'https://nordlicht.example/merci' })).redirect).toBe('https://nordlicht.example/merci');
});

it('never answers under a revoked path again', async () => {
  const { kv, random } = given();
  const before = await openForm(kv, random, 'contact', { redirect: null });
  expect([await revokeForm(kv, 'contact'), await revokeForm(kv, 'contact')]).toEqual([true, false]);
  const after = await openForm(kv, random, 'contact', { redirect: null });
  expect(after.path).not.toBe(before.path);
  expect(await findForm(kv, before.path)).toBeNull();
});

it('loses none of several that are opened at once', async () => {
  const { kv, random } = given();
  await Promise.all(['a', 'b', 'c', 'd'].map((name) => openForm(kv, random, name, { redirect: null })));
  expect((await listForms(kv)).map(({ name }) => name).sort()).toEqual(['a', 'b', 'c', 'd']);
});

it.each(['javascript:alert(1)', 'data:text/html,x', '/thanks', 'https://user:password@nordlicht.example/', 'ftp://nordlicht.example', ''])(
  'refuses to send browsers to %j',
  async (redirect) => {
    const { kv, random } = given();
    await expect(openForm(kv, random, 'contact', { redirect })).rejects.toMatchObject({ code: 'InvalidForm' });
  },
);

it.each(['', 'Contact', '../x', '__proto__', 'a b', 'x'.repeat(70)])('refuses the name %j', async (name) => {
  const { kv, random } = given();
  await expect(openForm(kv, random, name, { redirect: null })).rejects.toMatchObject({ code: 'InvalidForm' });
  expect(await listForms(kv)).toEqual([]);
});
