import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { findPart } from '../../scripts/parts.ts';
import { openBrowser } from '../support/browser.ts';
import { describeWith } from '../support/parts.ts';
import { temporaryFolder } from '../support/processes.ts';

function executable(name: string): { readonly folder: string; readonly path: string } {
  const folder = temporaryFolder();
  const path = join(folder, name);
  writeFileSync(path, '#!/bin/sh\n');
  chmodSync(path, 0o755);
  return { folder, path };
}

it('finds a part on the PATH, and reports one that is nowhere as missing', () => {
  const { folder, path } = executable('redis-server');
  expect(findPart('redis-server', { PATH: `/nowhere:${folder}` })).toBe(path);
  expect(findPart('redis-server', { PATH: '/nowhere' })).toBeNull();
});

it('prefers the executable that the environment names', () => {
  const onPath = executable('redis-server');
  const named = executable('redis-7');
  expect(findPart('redis-server', { PATH: onPath.folder, REDIS_SERVER_BINARY: named.path })).toBe(named.path);
});

it('says so when the environment names something that is no executable, instead of skipping suites in silence', () => {
  expect(() => findPart('chromium', { PATH: '', CHROMIUM_BINARY: '/nowhere/chromium' })).toThrow(/CHROMIUM_BINARY.*\/nowhere\/chromium/);
});

describeWith('chromium', 'the browser of the tests', () => {
  it('shows a page and runs its script', async () => {
    const page = await (await openBrowser()).newPage();
    await page.setContent('<p id="p"></p><script>p.textContent = 6 * 7</script>');
    expect(await page.textContent('#p')).toBe('42');
  });
});
