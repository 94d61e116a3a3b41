import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CollectionSpec, Document, DocumentBatch, DocumentStore, Query, Where } from '../../src/store/documents.ts';
import type { JsonObject } from '../../src/store/json.ts';

export interface OpenedDocuments {
  readonly documents: DocumentStore;
  again(): Promise<DocumentStore>;
  dispose(): Promise<void>;
}

/** The collections the contract is run with. */
export const SHELVES: readonly CollectionSpec[] = [
  { name: 'book', indexes: [['fields.author', 'fields.year'], ['fields.lent'], ['shelf'], ['mixed']] },
  { name: 'reader', indexes: [] },
];

const book = (id: string, data: JsonObject = {}, version = 1): Document => ({ collection: 'book', id, version, data });
const books = [
  book('1', { shelf: 'a', mixed: true, fields: { author: 'Austen', year: 1813, lent: true, pages: 250 } }),
  book('2', { shelf: 'a', mixed: 2.5, fields: { author: 'Austen', year: 1815, lent: false, pages: 300 } }),
  book('3', { shelf: 'b', mixed: '10', fields: { author: 'Brontë', year: 1847, lent: false, pages: 'many' } }),
  book('4', { shelf: null, mixed: [1, { a: null }], fields: { author: 'Zola', year: null } }),
  book('5', { fields: { author: 'brontë', year: 1847 } }),
];

/** The same 40 documents in two collections, all of version `number`. */
export const batchOf = (number: number): DocumentBatch => ({
  checkpoint: number,
  put: Array.from({ length: 40 }, (_, index) => ({
    collection: index % 2 === 0 ? 'book' : 'reader',
    id: `${index}`,
    version: number,
    data: { number, shelf: `${number % 3}` },
  })),
});

/** The document store's contract: every adapter passes it whole. */
export function describeDocumentStore(name: string, open: () => Promise<OpenedDocuments>): void {
  describe(`documents: ${name}`, () => {
    let opened: OpenedDocuments;
    let documents: DocumentStore;
    beforeEach(async () => {
      opened = await open();
      documents = opened.documents;
    });
    afterEach(() => opened.dispose());
    const idsOf = async (query: Query) => (await documents.find('book', query)).map(({ id }) => id);

    it('starts empty, at checkpoint 0', async () => {
      expect(await documents.checkpoint()).toBe(0);
      expect(await documents.get('book', '1')).toBeNull();
      expect(await documents.find('book', {})).toEqual([]);
      expect(await documents.count('reader')).toBe(0);
    });

    it('gives back whole documents, the latest of each, and the checkpoint with them', async () => {
      const odd = book('x"y\'z%_', { text: 'ü \u0000 \ud800', list: [1, [2], { three: null }], '$.key "quoted"': true });
      await documents.apply({ checkpoint: 3, put: [...books, odd, { collection: 'reader', id: '1', version: 9, data: {} }] });
      await documents.apply({ checkpoint: 7, put: [book('1', { new: true }, 2), book('1', { newer: true }, 3)] });
      expect(await documents.checkpoint()).toBe(7);
      expect(await documents.get('book', '1')).toEqual(book('1', { newer: true }, 3));
      expect(await documents.get('book', odd.id)).toEqual(odd);
      expect(await documents.get('reader', '1')).toEqual({ collection: 'reader', id: '1', version: 9, data: {} });
      expect(await documents.getMany('book', ['3', 'none', '2'])).toEqual([books[2], books[1]]);
      expect(await documents.count('book')).toBe(6);
      expect(await (await opened.again()).get('book', '2')).toEqual(books[1]);
    });

    it('writes all of a batch or nothing', async () => {
      await documents.apply({ checkpoint: 1, put: books });
      await expect(
        documents.apply({ checkpoint: 2, put: [book('1', { changed: true }), { collection: 'film', id: '1', version: 1, data: {} }] }),
      ).rejects.toMatchObject({ code: 'UnknownCollection' });
      expect(await documents.checkpoint()).toBe(1);
      expect(await documents.get('book', '1')).toEqual(books[0]);
    });

    it('names a collection it does not know, and those it does', async () => {
      const message = 'There is no collection film; there are book, reader.';
      for (const use of [
        () => documents.get('film', '1'),
        () => documents.getMany('film', []),
        () => documents.find('film', {}),
        () => documents.count('film'),
      ]) {
        await expect((async () => use())()).rejects.toMatchObject({ code: 'UnknownCollection', message });
      }
    });

    const finds: readonly (readonly [name: string, where: Where, ids: readonly string[]])[] = [
      ['text', { 'fields.author': 'Austen' }, ['1', '2']],
      ['a number', { 'fields.year': 1847 }, ['3', '5']],
      ['true', { 'fields.lent': true }, ['1']],
      ['false, which is not missing', { 'fields.lent': false }, ['2', '3']],
      ['null, which a missing field is too', { shelf: null }, ['4', '5']],
      ['one of several', { shelf: { in: ['b', 'c'] } }, ['3']],
      ['one of several or null', { shelf: { in: ['b', null] } }, ['3', '4', '5']],
      ['none of none', { shelf: { in: [] } }, []],
      ['a range', { 'fields.year': { gt: 1813, lte: 1847 } }, ['2', '3', '5']],
      ['a range without null', { 'fields.year': { lt: 9999 } }, ['1', '2', '3', '5']],
      ['text by code point', { 'fields.author': { gte: 'Z', lt: 'a' } }, ['4']],
      ['text or numbers, not both, by a range of numbers', { mixed: { gte: 1 } }, ['1', '2']],
      ['the same by a range of text', { mixed: { lt: 'z' } }, ['3', '4']],
      ['true as 1', { mixed: 1 }, ['1']],
      ['false as less than 1', { 'fields.lent': { lt: 1 } }, ['2', '3']],
      ['a list by its text', { mixed: '[1,{"a":null}]' }, ['4']],
      ['a range up to null, which holds for nothing', { mixed: { lte: null } }, []],
      ['a range without limits, which holds for all', { mixed: {} }, ['1', '2', '3', '4', '5']],
      ['a range of a field that is not indexed', { 'fields.pages': { gt: 100, lte: 300 } }, ['1', '2']],
      ['null in a field that is not indexed', { 'fields.pages': null }, ['4', '5']],
      ['one of several in a field that is not indexed', { 'fields.pages': { in: [250, null] }, shelf: 'a' }, ['1']],
      ['several conditions', { 'fields.author': 'Austen', 'fields.lent': false }, ['2']],
      ['a field nobody has', { 'fields.none.below': 1 }, []],
      ['text that would end a query', { shelf: "a' OR 1=1 --" }, []],
    ];
    it.each(finds)('finds and counts by %s', async (_name, where, ids) => {
      await documents.apply({ checkpoint: 1, put: books });
      expect(await documents.find('book', { where })).toEqual(books.filter(({ id }) => ids.includes(id)));
      expect(await documents.count('book', where)).toBe(ids.length);
    });

    it('orders by fields, nulls first and last, ties by id, and pages', async () => {
      await documents.apply({ checkpoint: 1, put: [...books].reverse() });
      expect(await idsOf({})).toEqual(['1', '2', '3', '4', '5']);
      expect(await idsOf({ orderBy: [['fields.year', 'asc']] })).toEqual(['4', '1', '2', '3', '5']);
      expect(await idsOf({ orderBy: [['fields.year', 'desc']] })).toEqual(['3', '5', '2', '1', '4']);
      expect(
        await idsOf({
          orderBy: [
            ['shelf', 'desc'],
            ['fields.year', 'desc'],
          ],
        }),
      ).toEqual(['3', '2', '1', '5', '4']);
      expect(await idsOf({ orderBy: [['fields.author', 'asc']] })).toEqual(['1', '2', '3', '4', '5']);
      expect(await idsOf({ orderBy: [['mixed', 'asc']] })).toEqual(['5', '1', '2', '3', '4']);
      // Of a field that is not indexed.
      expect(await idsOf({ orderBy: [['fields.pages', 'desc']], limit: 3 })).toEqual(['3', '2', '1']);
      expect(await idsOf({ where: { shelf: null }, orderBy: [['fields.pages', 'asc']], offset: 1 })).toEqual(['5']);
      expect(await idsOf({ limit: 2, offset: 1 })).toEqual(['2', '3']);
      expect(await idsOf({ limit: 0 })).toEqual([]);
      expect(await idsOf({ offset: 4 })).toEqual(['5']);
    });

    it('orders text by code point: letters beyond the first plane come last', async () => {
      const titles = ['z', 'Z', 'é', '\uffee', '😀', ''];
      await documents.apply({ checkpoint: 1, put: titles.map((title, index) => book(`${index}`, { shelf: title, fields: { title } })) });
      for (const field of ['shelf', 'fields.title']) expect(await idsOf({ orderBy: [[field, 'asc']] })).toEqual(['5', '1', '0', '2', '3', '4']);
    });

    it('gives all of a collection in batches, by id', async () => {
      const many = Array.from({ length: 2_345 }, (_, index) => book(String(index).padStart(5, '0'), { index }));
      await documents.apply({ checkpoint: 1, put: [...many].reverse() });
      const all: Document[] = [];
      for await (const batch of documents.all('book')) all.push(...batch);
      expect(all).toEqual(many);
      expect((await Array.fromAsync(documents.all('reader'))).flat()).toEqual([]);
    });

    it('keeps the last of a document that comes several times in one batch', async () => {
      await documents.apply({ checkpoint: 1, put: [book('1', { a: 1 }, 1), book('2', {}, 1), book('1', { a: 2 }, 2), book('1', { a: 3 }, 2)] });
      expect(await documents.find('book', {})).toEqual([book('1', { a: 3 }, 2), book('2', {}, 1)]);
      expect(await idsOf({ where: { shelf: null } })).toEqual(['1', '2']);
    });

    it('refuses a field that is no path', async () => {
      await expect((async () => documents.find('book', { where: { "a') OR ('1'='1": 1 } }))()).rejects.toMatchObject({ code: 'InvalidQuery' });
      await expect((async () => documents.find('book', { orderBy: [['id; DROP TABLE book', 'asc']] }))()).rejects.toMatchObject({ code: 'InvalidQuery' });
    });

    describe('replacing everything', () => {
      it('shows the old set until the new one is whole, then the new one alone', async () => {
        await documents.apply({ checkpoint: 5, put: books });
        const reader = await opened.again();
        expect(await reader.count('book')).toBe(5);
        await documents.replace(async (write) => {
          await write({ checkpoint: 6, put: [book('7', { shelf: 'new' })] });
          await write({ checkpoint: 8, put: [book('8', { shelf: 'new' }), book('7', { shelf: 'newer' }, 2)] });
          expect(await documents.find('book', {})).toEqual(books);
          expect(await reader.checkpoint()).toBe(5);
        });
        for (const handle of [documents, reader]) {
          expect(await handle.find('book', { orderBy: [['shelf', 'asc']] })).toEqual([book('8', { shelf: 'new' }), book('7', { shelf: 'newer' }, 2)]);
          expect(await handle.checkpoint()).toBe(8);
        }
      });

      it('changes nothing when filling fails, and can be tried again, many times', async () => {
        await documents.apply({ checkpoint: 5, put: books });
        const failing = documents.replace(async (write) => {
          await write({ checkpoint: 6, put: [book('7')] });
          throw new Error('the log could not be read');
        });
        await expect(failing).rejects.toThrow('the log could not be read');
        expect(await documents.find('book', {})).toEqual(books);
        expect(await documents.checkpoint()).toBe(5);

        for (const checkpoint of [1, 2, 3]) await documents.replace((write) => write({ checkpoint, put: [book(`${checkpoint}`)] }));
        expect(await documents.find('book', {})).toEqual([book('3')]);
        await documents.apply({ checkpoint: 9, put: [book('9')] });
        expect(await idsOf({})).toEqual(['3', '9']);
      });

      it('with nothing empties it', async () => {
        await documents.apply({ checkpoint: 5, put: books });
        await documents.replace(async () => {});
        expect(await documents.count('book')).toBe(0);
        expect(await documents.checkpoint()).toBe(0);
      });
    });
  });
}
