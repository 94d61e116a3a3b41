import { expect, test } from 'vitest';
import { documentChange } from '../../../src/orchestrator/effects/document-change.ts';
import { documentCreate } from '../../../src/orchestrator/effects/document-create.ts';
import { createActions } from '../../../src/orchestrator/effects/registry.ts';

test('actions are found by name', () => {
  const actions = createActions([documentChange, documentCreate]);
  expect(actions.get('document.create').schema).toBe(documentCreate.schema);
  expect(actions.names).toEqual(['document.change', 'document.create']);
});

test('an unknown name is refused with the known ones', () => {
  expect(() => createActions([documentChange]).get('mail.sned')).toThrow('There is no action "mail.sned". Known ones: document.change.');
});

test('two of one name are refused at once', () => {
  expect(() => createActions([documentChange, documentChange])).toThrow('Two actions are named document.change');
});
