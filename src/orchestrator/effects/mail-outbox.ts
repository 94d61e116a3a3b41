import { mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Connector, EffectError } from './action.ts';
import { composeMail, mailMark, type MailRequest, type Sender } from './mail-message.ts';

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
      try {
        await mkdir(folder, { recursive: true });
        await writeWhole(folder, file, mail.bytes, signal);
      } catch (error) {
        // What stands in the folder decides, not what went wrong.
        if (await find(folder, footprint) === null) throw notWritten(folder, error);
      }
      return { via: 'outbox', messageId: mail.messageId, file };
    },

    recovery: {
      async ask(footprint) {
        const file = await find(folder, footprint);
        if (file === null) return { happened: false, receipt: {} };
        // It may have been renamed but not yet be on the disk: make it last before calling it done.
        await syncFile(join(folder, file));
        await syncFile(folder);
        const { email } = sender();
        return { happened: true, receipt: { via: 'outbox', messageId: `<${mailMark(footprint)}@${email.slice(email.lastIndexOf('@') + 1)}>`, file } };
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

/** Survives a power cut: the file's bytes first, then its name, then the folder that holds the name. */
async function writeWhole(folder: string, file: string, bytes: Buffer, signal: AbortSignal): Promise<void> {
  const temporary = join(folder, `.${file}.part`);
  try {
    const handle = await open(temporary, 'w', 0o600);
    try {
      await handle.writeFile(bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
    signal.throwIfAborted();
    await rename(temporary, join(folder, file));
    await syncFile(folder);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

async function syncFile(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function notWritten(folder: string, cause: unknown): EffectError {
  if (cause instanceof DOMException) return new EffectError('timeout', 'The mail was not written to the outbox in time.', { certain: true, cause });
  const why = cause instanceof Error ? cause.message : String(cause);
  return new EffectError('api-error', `The mail could not be written to ${folder}: ${why}. Is the disk full, or the folder not writable?`, { certain: true, cause });
}
