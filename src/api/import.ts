import { readAddressesCsv, readLeadsCsv } from '../agents/leads/lead-csv.ts';
import { newLead, normalise } from '../agents/leads/lead-input.ts';
import { cut, oneLine } from '../agents/leads/text.ts';
import type { ImportReport } from '../bot/intents.ts';
import { receiveLead, suppressAddress } from '../orchestrator/intake.ts';
import type { Kernel } from '../orchestrator/kernel.ts';
import { newId } from '../ports.ts';
import { VersionConflict } from '../store/errors.ts';
import { newEvent } from '../store/events/index.ts';

/** Rows so far, of all that can be taken. */
export type Progress = (done: number, total: number) => void;

type What = 'leads' | 'suppressions';
type Outcome = 'created' | 'repeated';
interface Plan {
  readonly rows: readonly (() => Promise<Outcome>)[];
  readonly rejected: ImportReport['rejected'];
  readonly columns: ImportReport['columns'];
}

/** Rows on their way at once: the store writes those of one tick in one transaction. */
const AT_ONCE = 64;
const MAX_REJECTED = 1000;
/** Characters for rejected lines in the event, which may have 64 KB as a whole. */
const MAX_REJECTED_TEXT = 40_000;

/**
 * Reads leads from a CSV file into the log. Once this has begun, every usable row comes in: after
 * a crash the rest by `resumeImports`. The same file again changes nothing.
 * @param actor `human:cli:owner` …
 * @throws CountersignError `UnusableFile`, before anything was written; `StoreUnavailable`
 */
export const importLeads = (kernel: Kernel, actor: string, fileName: string, csv: Uint8Array, onProgress?: Progress): Promise<ImportReport> =>
  begin(kernel, 'leads', actor, fileName, csv, onProgress);

/** The same for addresses nothing may be sent to. */
export const importSuppressions = (kernel: Kernel, actor: string, fileName: string, csv: Uint8Array, onProgress?: Progress): Promise<ImportReport> =>
  begin(kernel, 'suppressions', actor, fileName, csv, onProgress);

/** Brings imports to their end that a crash cut off. One that cannot be ended is reported and left for the next start. */
export async function resumeImports(kernel: Kernel): Promise<void> {
  await kernel.projector.reached(await kernel.journal.head());
  for (const { id } of await kernel.documents.find('import', { where: { running: true } })) {
    try {
      await resume(kernel, id);
    } catch (error) {
      kernel.report.error(`The import ${id} could not be brought to its end`, error);
    }
  }
}

async function resume(kernel: Kernel, id: string): Promise<void> {
  const [started, ended] = await kernel.journal.readStream(`import:${id}`);
  if (started?.type !== 'ImportStarted' || ended !== undefined) return;
  const { file, what, blob } = started.data;
  const text = await kernel.sealedBlobs.get(`import:${id}`, blob);
  const plan = text === null ? { rows: [], rejected: [], columns: [] } : read(kernel, what, file, started.actor, Buffer.from(text, 'latin1'));
  await run(kernel, { id, file, what, blob, actor: started.actor }, plan);
}

async function begin(kernel: Kernel, what: What, actor: string, fileName: string, csv: Uint8Array, onProgress?: Progress): Promise<ImportReport> {
  const file = baseName(fileName);
  const plan = read(kernel, what, file, actor, csv);
  const id = newId(kernel.random);
  // One character per byte: the file may be in any encoding.
  const blob = await kernel.sealedBlobs.put(`import:${id}`, Buffer.from(csv).toString('latin1'));
  await kernel.journal.append([newEvent(`import:${id}`, 'ImportStarted', { file, what, blob }, envelope(id, actor, file))], { [`import:${id}`]: 'absent' });
  return run(kernel, { id, file, what, blob, actor }, plan, onProgress);
}

function read(kernel: Kernel, what: What, file: string, actor: string, csv: Uint8Array): Plan {
  const door = `csv:${file}`;
  if (what === 'suppressions') {
    const { rows, rejected } = readAddressesCsv(csv);
    return {
      rows: rows.map(
        ({ address }) =>
          () =>
            suppressAddress(kernel, address, door, actor),
      ),
      rejected,
      columns: [],
    };
  }
  const { rows, rejected, columns } = readLeadsCsv(csv);
  const { currency } = kernel.settings().company;
  const take = ({ input }: (typeof rows)[number]) => {
    const { lead, whole } = normalise(input, currency);
    return receiveLead(kernel, { door, deliveryId: null, lead: newLead(lead, door), whole, actor });
  };
  return { rows: rows.map((row) => () => take(row)), rejected, columns };
}

interface Import {
  readonly id: string;
  readonly file: string;
  readonly what: What;
  readonly blob: string;
  readonly actor: string;
}

async function run(kernel: Kernel, { id, file, what, blob, actor }: Import, { rows, rejected, columns }: Plan, onProgress?: Progress): Promise<ImportReport> {
  const count = { created: 0, repeated: 0 };
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let row = rows[next++]; row !== undefined; row = rows[next++]) {
      count[await row()] += 1;
      onProgress?.(count.created + count.repeated, rows.length);
    }
  };
  const lanes = await Promise.allSettled(Array.from({ length: AT_ONCE }, lane));
  const failed = lanes.find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;

  const finished = { file, what, ...count, rejected: loggable(rejected), rejectedCount: rejected.length };
  try {
    await kernel.journal.append([newEvent(`import:${id}`, 'ImportFinished', finished, envelope(id, actor, file))], { [`import:${id}`]: 1 });
  } catch (error) {
    // Another process that resumed it was first; the rows are there once all the same.
    if (!(error instanceof VersionConflict)) throw error;
  }
  await kernel.blobs.delete(blob);
  return { ...count, rejected: rejected.slice(0, MAX_REJECTED), rejectedCount: rejected.length, columns };
}

const envelope = (id: string, actor: string, file: string) => ({ actor, source: `csv:${file}`, cause: null, correlation: id, subject: null });

const baseName = (fileName: string): string => oneLine(fileName.split(/[/\\]/).at(-1) ?? '', 100) || 'leads.csv';

/** The report quotes what stood in a rejected line; the log, which is not forgotten, only says what was wrong. */
function loggable(rejected: ImportReport['rejected']): { line: number; why: string }[] {
  const kept: { line: number; why: string }[] = [];
  let room = MAX_REJECTED_TEXT;
  for (const { line, why } of rejected.slice(0, MAX_REJECTED)) {
    const entry = { line, why: cut(REASONS.exec(why)?.[0] ?? 'the line could not be read', 100) };
    room -= JSON.stringify(entry).length;
    if (room < 0) break;
    kept.push(entry);
  }
  return kept;
}

/** Beginnings of reasons, as `lead-csv.ts` and `csv-file.ts` give them, that hold nothing of the line itself. */
const REASONS = /^(?:no e-mail address|not an e-mail address|expected \d+ fields as in the first line, found \d+)/;
