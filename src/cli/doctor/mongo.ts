import type { Main } from '../shell.ts';
import { broken, type Check, messageOf, mind, ok } from './check.ts';

/** A durable write that takes longer is felt at each click, ms. */
const SLOW = 100;

/** The database is reached, is of a kind that keeps its promises, and answers in time. */
export async function checkMongo(main: Main, url: string | null): Promise<Check[]> {
  if (url === null) return [];
  let found: Awaited<ReturnType<Main['lookAtMongo']>>;
  try {
    found = await main.lookAtMongo(url);
  } catch (error) {
    return [broken('MongoDB', messageOf(error), 'Check MONGODB_URL: mongodb://USER:PASSWORD@HOST:27017/DATABASE, special characters in the password as %XX.')];
  }
  const { shown, version, replicaSet, members, pingMs, writeMs, indexed, sheltered } = found;
  const time = (ms: number) => `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;
  const slow = writeMs > SLOW;
  return [
    ok('MongoDB', `${shown} answers in ${time(pingMs)}, version ${version}`),
    replicaSet === null
      ? mind(
          'Replica set',
          'it is a standalone: news from other processes come later, and after a crash of its machine they may have seen what is gone again',
          'Start mongod with --replSet and run rs.initiate() once; one member is enough.',
        )
      : members !== null && members.well < members.all
        ? mind(
            'Replica set',
            `${replicaSet}: ${members.well} of ${members.all} members are well`,
            'Look at rs.status(); without a majority nothing is acknowledged.',
          )
        : ok('Replica set', `${replicaSet}${members === null ? '' : `, ${members.all} ${members.all === 1 ? 'member' : 'members'}`}`),
    slow
      ? mind('Durable writes', `take ${time(writeMs)} (majority, journaled)`, 'Look at its disks and the way to it: every click waits that long.')
      : ok('Durable writes', `take ${time(writeMs)} (majority, journaled)`),
    ...(indexed
      ? []
      : [
          broken(
            'Index',
            'the index of the log is not the one that belongs there',
            'Drop the index called keys in the collection commits; it is made again at the next start.',
          ),
        ]),
    ...(sheltered
      ? []
      : [mind('Encryption', 'the way to MongoDB leaves this machine and is not encrypted', 'Add ?tls=true to MONGODB_URL, once the server takes it.')]),
  ];
}
