import { resolve } from 'node:path';
import type { Command } from 'commander';
import { COLLECTIONS } from '../../store/collections.ts';
import type { Compared } from '../../store/move/compare.ts';
import { migrate } from '../../store/move/migrate.ts';
import { PLACES, parsePlace, placeOf } from '../../store/move/place.ts';
import { restore } from '../../store/move/restore.ts';
import { writeBackup } from '../../store/move/write-backup.ts';
import { systemClock, systemRandom } from '../../system.ts';
import { EXIT, type Output } from '../output.ts';
import { examples, type Shell } from '../shell.ts';

const parts = { clock: systemClock, random: systemRandom };
const number = (count: number): string => count.toLocaleString('en');
const LEFT = 'Left behind: logins and the like, which end by themselves, and what are files: mails in outbox/, your settings in config/local/.';

/** Moving house: from one store to another, into one file, and back out of it. */
export function addMove(program: Command, shell: Shell): void {
  program
    .command('migrate')
    .description('move everything to another store')
    .requiredOption('--from <place>', PLACES)
    .requiredOption('--to <place>', 'the same; it must be empty')
    .addHelpText(
      'after',
      `${examples('migrate --from sqlite:data --to mongodb', 'migrate --from mongodb://127.0.0.1/countersign --to sqlite:data-new')}\nStop the server first. The log arrives byte for byte, documents are folded anew and compared; what is copied from stays as it is.\nBroken off, the same command goes on where it was.\n`,
    )
    .action(async ({ from, to }: { from: string; to: string }) => {
      const main = await shell.main();
      const out = shell.output();
      const env = main.environment();
      const [there, here] = [parsePlace(from, env), parsePlace(to, env)];
      const source = await main.openPlace(there, 'alone', false);
      try {
        const target = await main.openPlace(here, 'alone', true);
        try {
          const moved = await migrate(source.stores, target.stores, {
            ...parts,
            collections: COLLECTIONS.map(({ name }) => name),
            progress: (what, done, total) => out.progress(what, done, total),
          });
          const { head, copied, keys, blobs, entries, compared } = moved;
          const equal = compared.every((each) => each.equal);
          tellCompared(out, compared);
          const row = { ok: equal, commits: head.number, copied, hash: head.hash, keys, contents: blobs, entries };
          if (!equal) {
            if (out.json) out.result(row, '');
            out.warn('The log has arrived, but its documents differ from those of the source: run countersign rebuild on the source, then the same again.');
            return shell.exit(EXIT.refused);
          }
          out.result(
            row,
            `${number(head.number)} commits (${number(copied)} of them now), ${number(keys)} keys, ${number(blobs)} contents and ${number(entries)} lasting values are at ${target.shown}. The last hash is ${head.hash}.\n${LEFT}\n${
              here.kind === 'mongodb' ? 'From now on set MONGODB_URL' : `From now on set COUNTERSIGN_DATA=${target.shown}, without MONGODB_URL`
            }; do not start a server at the old place again.`,
          );
          shell.exit(EXIT.ok);
        } finally {
          await target.close();
        }
      } finally {
        await source.close();
      }
    });

  program
    .command('backup')
    .description('save everything into one file')
    .argument('<file>', 'a file that does not exist yet')
    .option('--from <place>', `${PLACES}; this environment if left out`)
    .addHelpText(
      'after',
      `${examples('backup countersign-2026-03-02.backup')}\nA server may be running. The file holds the keys that open personal data, so keep it where nobody else reads it.\nWho is forgotten later is still readable in it.\n`,
    )
    .action(async (file: string, { from }: { from?: string }) => {
      const main = await shell.main();
      const out = shell.output();
      const env = main.environment();
      const source = await main.openPlace(from === undefined ? placeOf(env) : parsePlace(from, env), 'beside', false);
      try {
        const path = resolve(file);
        const { head, keys, blobs, entries, bytes } = await writeBackup(source.stores, path, systemClock, (what, done, total) =>
          out.progress(what, done, total),
        );
        out.result(
          { ok: true, file: path, commits: head.number, hash: head.hash, keys, contents: blobs, entries, bytes },
          `${number(head.number)} commits, ${number(keys)} keys, ${number(blobs)} contents and ${number(entries)} lasting values are in ${path} (${number(Math.ceil(bytes / 1024))} KB). The last hash is ${head.hash}.\n${LEFT}`,
        );
        shell.exit(EXIT.ok);
      } finally {
        await source.close();
      }
    });

  program
    .command('restore')
    .description('bring a saved file into an empty store')
    .argument('<file>', 'made by countersign backup')
    .option('--to <place>', `${PLACES}; this environment if left out`)
    .addHelpText(
      'after',
      `${examples('restore countersign-2026-03-02.backup --to sqlite:data-restored')}\nThe whole file is proved before anything is written. Broken off, the same command goes on where it was.\n`,
    )
    .action(async (file: string, { to }: { to?: string }) => {
      const main = await shell.main();
      const out = shell.output();
      const env = main.environment();
      const target = await main.openPlace(to === undefined ? placeOf(env) : parsePlace(to, env), 'alone', true);
      try {
        const { head, at, keys, blobs, entries } = await restore(resolve(file), target.stores, systemClock, systemRandom, (what, done, total) =>
          out.progress(what, done, total),
        );
        out.result(
          { ok: true, at, commits: head.number, hash: head.hash, keys, contents: blobs, entries },
          `The backup of ${at} is at ${target.shown}: ${number(head.number)} commits, ${number(keys)} keys, ${number(blobs)} contents and ${number(entries)} lasting values. The last hash is ${head.hash}.`,
        );
        shell.exit(EXIT.ok);
      } finally {
        await target.close();
      }
    });
}

function tellCompared(out: Output, compared: readonly Compared[]): void {
  out.rows(
    compared.map(({ collection, source, target, equal }) => ({
      collection,
      source: source.documents,
      target: target.documents,
      hash: target.hash.slice(0, out.json ? undefined : 16),
      equal: out.json ? equal : equal ? 'equal' : 'DIFFERENT',
    })),
    [
      { key: 'collection', title: 'DOCUMENTS', width: 20 },
      { key: 'source', title: 'SOURCE', width: 12 },
      { key: 'target', title: 'TARGET', width: 12 },
      { key: 'hash', title: 'SHA-256', width: 16 },
      { key: 'equal', title: '', width: 10 },
    ],
    '',
  );
}
