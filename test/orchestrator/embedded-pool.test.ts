import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PgPool } from 'bullmq';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openEmbeddedPool } from '../../src/orchestrator/queue/embedded.ts';

describe('the PostgreSQL under the embedded queue', () => {
  let pool: PgPool;
  beforeAll(async () => {
    const never = new AbortController();
    pool = await openEmbeddedPool(join(tmpdir(), 'countersign-test-queue'), () => {}, never.signal);
  });
  afterAll(() => pool.end());

  it.each([
    ['bigint', '9007199254740993', '9007199254740993'],
    ['int', 7, 7],
    ['boolean', false, false],
    ['text', 'ü \\ "\' {,} \n', 'ü \\ "\' {,} \n'],
    ['text', null, null],
    ['text', undefined, null],
    ['text[]', ['a "quoted" \\ one', '', 'two\nlines'], ['a "quoted" \\ one', '', 'two\nlines']],
    ['jsonb', '{"a":[1,"x"]}', { a: [1, 'x'] }],
  ])('takes and gives a %s like node-postgres: %j', async (type, given, got) => {
    const text = `SELECT $1::${type} AS value`;
    expect(await pool.query(text, [given])).toEqual({ rows: [{ value: got }] });
    expect(await pool.query(text, [given])).toEqual({ rows: [{ value: got }] });
  });

  it('takes several statements in one text, and gives the rows of the last', async () => {
    expect(await pool.query('CREATE TABLE several (n int); INSERT INTO several VALUES (1), (2); SELECT n FROM several ORDER BY n')).toEqual({
      rows: [{ n: 1 }, { n: 2 }],
    });
    expect(await pool.query('INSERT INTO several VALUES ($1)', [3])).toEqual({ rows: [] });
  });

  it('tells what PostgreSQL refuses by code and detail, and goes on', async () => {
    await pool.query('CREATE TABLE once (n int PRIMARY KEY)');
    const insert = 'INSERT INTO once VALUES ($1)';
    await pool.query(insert, [1]);
    await expect(pool.query(insert, [1])).rejects.toMatchObject({
      message: expect.stringContaining('duplicate key'),
      code: '23505',
      detail: 'Key (n)=(1) already exists.',
    });
    await expect(pool.query('SELECT nothing FROM nowhere WHERE x = $1', [1])).rejects.toMatchObject({ code: '42P01' });
    await expect(pool.query('SELEC')).rejects.toMatchObject({ code: '42601' });
    await pool.query(insert, [2]);
    expect(await pool.query('SELECT count(*) AS n FROM once WHERE n > $1', [0])).toEqual({ rows: [{ n: '2' }] });
  });

  it('notifies each connection until it is released', async () => {
    const [one, two] = [await pool.connect(), await pool.connect()];
    const heard: string[] = [];
    one.on('notification', ({ channel, payload }) => heard.push(`one ${channel} ${payload}`));
    two.on('notification', ({ channel, payload }) => heard.push(`two ${channel} ${payload}`));
    await one.query('LISTEN news');
    await pool.query("SELECT pg_notify('news', $1)", ['first']);
    two.release();
    await pool.query("SELECT pg_notify('news', $1)", ['second']);
    one.release();
    expect(heard).toEqual(['one news first', 'two news first', 'one news second']);
  });
});
