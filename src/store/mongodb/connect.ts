import { type Db, MongoClient, MongoError, MongoParseError, MongoServerError, MongoServerSelectionError } from 'mongodb';
import { CountersignError } from '../errors.ts';
import { unavailable } from './problems.ts';

/** The oldest that all tests pass on. */
export const OLDEST_SERVER = '6.0';
const DEFAULT_DATABASE = 'countersign';
/** How long a primary is looked for before a caller is told, ms. */
const PATIENCE = 5_000;

/** What kind of server it is. */
export interface Server {
  readonly version: string;
  /** Name of the replica set, `sharded` behind a mongos, or null for a standalone: no change streams there, and no promise over a power cut of the machine's disk alone. */
  readonly replicaSet: string | null;
}

export interface Connection {
  readonly client: MongoClient;
  readonly db: Db;
  readonly server: Server;
}

/** The address without the password, for people. */
export const shownUrl = (url: string): string => url.replace(/^([^:]+:\/\/)[^/]*@/, '$1').replace(/\?.*$/, '');

const databaseOf = (url: string): string => decodeURIComponent(/^[^:]+:\/\/[^/?]*\/([^?]+)/.exec(url)?.[1] ?? DEFAULT_DATABASE);

/**
 * Connects, and finds out what kind of server answers.
 * @param url `mongodb://…` or `mongodb+srv://…`; the database is its path, `countersign` when there is none
 * @throws CountersignError `Environment`: no such address; `StoreUnavailable`: nobody answers, refused, or too old
 */
export async function connectMongo(url: string): Promise<Connection> {
  let client: MongoClient;
  try {
    client = new MongoClient(url, {
      appName: 'countersign',
      serverSelectionTimeoutMS: PATIENCE,
      connectTimeoutMS: PATIENCE,
      readPreference: 'primary',
      // Texts are guarded by their hashes; looking at each character again costs as much as reading them.
      enableUtf8Validation: false,
    });
  } catch (error) {
    throw wrongAddress(error);
  }
  try {
    await client.connect();
    const db = client.db(databaseOf(url));
    const hello = await db.command({ hello: 1 });
    const { version } = await db.command({ buildInfo: 1 });
    const server: Server = {
      version: String(version),
      replicaSet: hello['msg'] === 'isdbgrid' ? 'sharded' : typeof hello['setName'] === 'string' ? hello['setName'] : null,
    };
    if (isOlder(server.version, OLDEST_SERVER)) {
      throw new CountersignError(
        'StoreUnavailable',
        `MongoDB ${OLDEST_SERVER} or newer was expected at ${shownUrl(url)}, ${server.version} runs there: upgrade it.`,
      );
    }
    return { client, db, server };
  } catch (error) {
    await client.close();
    throw explain(error, url);
  }
}

function isOlder(version: string, than: string): boolean {
  const [mine = 0, minor = 0] = version.split('.').map(Number);
  const [oldest = 0, oldestMinor = 0] = than.split('.').map(Number);
  return mine < oldest || (mine === oldest && minor < oldestMinor);
}

/** The driver's message may quote a part of the address, so it is not repeated. */
const wrongAddress = (cause: unknown): CountersignError =>
  new CountersignError(
    'Environment',
    'The address of MongoDB was expected to look like mongodb://USER:PASSWORD@HOST:27017/countersign, with special characters in the password as %XX; MONGODB_URL cannot be read as one.',
    { cause },
  );

function explain(error: unknown, url: string): unknown {
  if (error instanceof CountersignError) return error;
  if (error instanceof MongoParseError) return wrongAddress(error);
  if (error instanceof MongoServerError) return unavailable(error, `It was asked for at ${shownUrl(url)}.`);
  const withoutPrimary = error instanceof MongoServerSelectionError && [...(error.reason?.servers.values() ?? [])].some(({ type }) => type.startsWith('RS'));
  return new CountersignError(
    'StoreUnavailable',
    withoutPrimary
      ? `The replica set at ${shownUrl(url)} has no primary now: wait for its election, or look at rs.status() there.`
      : `No MongoDB answers at ${shownUrl(url)} within ${PATIENCE / 1000} seconds: start it, or correct MONGODB_URL. (${messageOf(error)})`,
    { cause: error },
  );
}

const messageOf = (error: unknown): string => (error instanceof MongoError || error instanceof Error ? error.message : String(error));
