import type { House } from '../../main.ts';
import { verifyLog } from '../../store/verify.ts';
import type { Output } from '../output.ts';
import { broken, type Check, ok } from './check.ts';

export async function checkLog({ stores, alone }: House, out: Output): Promise<Check[]> {
  const { number } = await stores.log.head();
  const verdict = await verifyLog(stores.log, (commit) => out.progress('commits verified', commit, number));
  return [
    ok('Owner', alone ? 'no server is running on the data folder' : 'a server is running on the data folder'),
    'broken' in verdict
      ? broken('Log', `damaged at commit ${verdict.broken}: ${verdict.why}`, 'Restore the data folder from a backup; keep this one for somebody to look at.')
      : ok('Log', `${verdict.commits.toLocaleString('en')} commits are as they were written`),
  ];
}
