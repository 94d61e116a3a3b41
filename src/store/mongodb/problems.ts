import { MongoAPIError, MongoError, MongoServerError } from 'mongodb';
import { CountersignError } from '../errors.ts';

export const DUPLICATE = 11_000;

export const isDuplicate = (error: unknown): boolean => error instanceof MongoServerError && error.code === DUPLICATE;

/** The server's own words for what it is, where a collection was renamed or dropped under a reader: it looks again. */
const MOVED = new Set([26, 43, 175, 237]);

export const hasMoved = (error: unknown): boolean => error instanceof MongoServerError && typeof error.code === 'number' && MOVED.has(error.code);

/**
 * Refusals that say nothing about the same request a moment later (https://github.com/mongodb/mongo/blob/master/src/mongo/base/error_codes.yml):
 * network, stepping down, shutting down, interrupted, out of time, write concern not reached.
 */
const PASSING = new Set([6, 7, 24, 50, 64, 89, 91, 100, 112, 133, 134, 189, 202, 262, 9001, 10_058, 10_107, 11_600, 11_602, 13_435, 13_436]);

/** What was seen on a primary was taken back by an election: it is to be looked at again. */
export class RolledBack extends Error {
  constructor() {
    super('An election took back commits that were not durable yet.');
  }
}

/** It may go by: the same again may succeed, and what it did is not known. */
export const isPassing = (error: unknown): boolean =>
  error instanceof RolledBack ||
  (error instanceof MongoServerError
    ? (typeof error.code === 'number' && PASSING.has(error.code)) || error.hasErrorLabel('RetryableWriteError') || 'writeConcernError' in error.errorResponse
    : error instanceof MongoError && !(error instanceof MongoAPIError));

/** By the server's code: what is wrong, and what to do. */
const ADVICE: Readonly<Record<number, string>> = {
  13: 'it does not let this user do that: give the user the role readWrite on the database',
  18: 'it refuses the user or the password: correct MONGODB_URL, with ?authSource=admin when the user was made there',
  8000: 'it refuses the user or the password: correct MONGODB_URL',
  14031: 'its disk is full: make room there',
};

/**
 * The store cannot do its work now; it goes on by itself once the cause is gone.
 * @param outcome what that means for what was asked
 */
export function unavailable(cause: unknown, outcome = 'The same again changes nothing twice.'): CountersignError {
  const code = cause instanceof MongoServerError && typeof cause.code === 'number' ? cause.code : null;
  const advice = (code === null ? undefined : ADVICE[code]) ?? 'it cannot be reached or refuses: check that it runs and has a primary';
  return new CountersignError('StoreUnavailable', `MongoDB: ${advice}. ${outcome} (${cause instanceof Error ? cause.message : String(cause)})`, { cause });
}

/** Does what is asked of MongoDB, and tells its errors in our own words. @throws CountersignError `StoreUnavailable` */
export async function ask<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof MongoError ? unavailable(error) : error;
  }
}
