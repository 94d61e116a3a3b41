import { resolve } from 'node:path';
import { CountersignError } from '../errors.ts';

/** Where stores are: in a data folder, or in a database of MongoDB. */
export type Place = { readonly kind: 'sqlite'; readonly folder: string } | { readonly kind: 'mongodb'; readonly url: string };

/** What a person can name a place by. */
export const PLACES = 'sqlite:FOLDER, mongodb://HOST/DATABASE, or mongodb for the address in MONGODB_URL';

interface Named {
  readonly dataFolder: string;
  readonly mongoUrl: string | null;
}

/** @throws CountersignError `Usage` */
export function parsePlace(text: string, { mongoUrl }: Named): Place {
  if (/^mongodb(\+srv)?:\/\//.test(text)) return { kind: 'mongodb', url: text };
  if (text === 'mongodb' && mongoUrl !== null) return { kind: 'mongodb', url: mongoUrl };
  const [, folder] = /^sqlite:(.+)$/s.exec(text) ?? [];
  if (folder !== undefined) return { kind: 'sqlite', folder: resolve(folder) };
  // What came may hold a password.
  throw new CountersignError('Usage', `A place was expected to be ${PLACES}${text === 'mongodb' ? '; MONGODB_URL is not set' : ''}.`);
}

/** Where this environment works. */
export const placeOf = ({ dataFolder, mongoUrl }: Named): Place =>
  mongoUrl === null ? { kind: 'sqlite', folder: dataFolder } : { kind: 'mongodb', url: mongoUrl };
