import { mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Connector, EffectError } from './action.ts';
import { composeMail, type MailRequest, mailMark, messageIdOf, type Sender } from './mail-message.ts';

/**
 * Writes each mail as one `.eml` file into `folder`: for practice, and where there is no mail
 * server. A file is there whole or not at all; its name is the time and the footprint, never
 * anything from the mail.
 */
export function createMailOutbox(folder: string, sender: () => Sender): Connector<MailRequest> {
  const timeout = 30_000;
  return {
    name: 'outbox',
    timeout,

    async perform(request, { footprint, deadline, signal }) {
      const at = deadline - timeout;
      const mail = await composeMail(request, sender(), footprint, at);
      const file = `${new Date(at).toISOString().replace(/[:.]/g, '-')}-${mailMark(footprint)}.eml`;
      const part = join(folder, `.${file}.part`);
      await writePart(folder, part, mail.bytes).catch((cause: unknown) => {
        throw notWritten(folder, true, cause);
      });
      if (signal.aborted) {
        await rm(part, { force: true });
        throw new EffectError('timeout', 'The mail was not written to the outbox in time.', { certain: true });
      }
      await publish(folder, part, file).catch((cause: unknown) => {
        throw notWritten(folder, false, cause);
      });
      return { via: 'outbox', messageId: mail.messageId, file };
    },

    recovery: {
      async ask(footprint) {
        const file = await find(folder, footprint);
        if (file === null) return { happened: false, receipt: {} };
        // It may have been renamed but not yet be on the disk: make it last before calling it done.
        await syncFile(join(folder, file));
        await syncFolder(folder);
        return { happened: true, receipt: { via: 'outbox', messageId: messageIdOf(footprint, sender()), file } };
      },
    },
  };
}

async function find(folder: string, footprint: string): Promise<string | null> {
  const end = `-${mailMark(footprint)}.eml`;
  const files = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  return files.find((file) => file.endsWith(end)) ?? null;
}

async function writePart(folder: string, part: string, bytes: Buffer): Promise<void> {
  if ((await mkdir(folder, { recursive: true })) !== undefined) await syncFolder(dirname(folder));
  const handle = await open(part, 'w', 0o600);
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** From here on the mail counts as sent. Its bytes are on the disk already; the folder that holds its name follows. */
async function publish(folder: string, part: string, file: string): Promise<void> {
  await rename(part, join(folder, file));
  await syncFolder(folder);
}

async function syncFile(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Windows cannot open a folder; its file system writes names down by itself. */
const syncFolder = (folder: string): Promise<void> =>
  syncFile(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EISDIR' && error.code !== 'EPERM') throw error;
  });

function notWritten(folder: string, certain: boolean, cause: unknown): EffectError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new EffectError('api-error', `The mail could not be written to ${folder}: ${why}. Is the disk full, or the folder not writable?`, { certain, cause });
}
