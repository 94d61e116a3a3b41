import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

export type HttpAnswer =
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: string }
  /** Does the work, but its caller never hears so. */
  | 'act-and-never-answer'
  | 'act-and-hang-up';

export interface HttpTarget {
  /** `127.0.0.1:PORT` */
  readonly host: string;
  /** Every call that reached it, oldest first. */
  readonly calls: readonly { readonly method: string; readonly path: string; readonly headers: IncomingMessage['headers']; readonly body: string }[];
  /** The work it did, once per idempotency key: judge by this. */
  readonly ledger: readonly { readonly key: string; readonly body: string }[];
  /** Resolves when the work was done for the first time. */
  acted(): Promise<void>;
  close(): Promise<void>;
}

/** An API on loopback that honours `Idempotency-Key`. It gives the answers in turn, then 200. */
export async function startHttpTarget(answers: readonly HttpAnswer[] = []): Promise<HttpTarget> {
  const calls: HttpTarget['calls'][number][] = [];
  const ledger: HttpTarget['ledger'][number][] = [];
  const waiting: (() => void)[] = [];
  const act = (key: string, body: string) => {
    if (!ledger.some((entry) => entry.key === key)) ledger.push({ key, body });
    for (const resolve of waiting.splice(0)) resolve();
  };

  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request.setEncoding('utf8')) body += chunk;
    const answer = answers[calls.length] ?? { status: 200, body: '{"ok":true}' };
    calls.push({ method: request.method ?? '', path: request.url ?? '', headers: request.headers, body });
    if (typeof answer === 'string') {
      act(String(request.headers['idempotency-key']), body);
      if (answer === 'act-and-hang-up') request.socket.destroy();
      return;
    }
    if (answer.status < 300) act(String(request.headers['idempotency-key']), body);
    response.writeHead(answer.status, { 'content-type': 'application/json', ...answer.headers }).end(answer.body ?? '');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;

  return {
    host: `127.0.0.1:${port}`,
    calls,
    ledger,
    acted: () => (ledger.length > 0 ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve))),
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
