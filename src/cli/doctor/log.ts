import type { House } from '../../main.ts';
import { verifyLog } from '../../store/verify.ts';
import type { Output } from '../output.ts';
import { broken, type Check, ok } from './check.ts';

export async function checkLog({ stores, alone, env }: House, out: Output): Promise<Check[]> {
  const { number } = await stores.log.head();
  const verdict = await verifyLog(stores.log, (commit) => out.progress('commits verified', commit, number));
  const place = env.mongoUrl === null ? 'data folder' : 'database';
  return [
    ok('Owner', `${alone ? 'no' : 'a'} server is running on the ${place}`),
    'broken' in verdict
      ? broken('Log', `damaged at commit ${verdict.broken}: ${verdict.why}`, `Restore a backup into another ${place}; keep this one for somebody to look at.`)
      : ok('Log', `${verdict.commits.toLocaleString('en')} commits are as they were written`),
  ];
}
