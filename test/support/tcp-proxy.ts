import { once } from 'node:events';
import { createServer, connect as dial, type Socket } from 'node:net';

/** Where a connection is cut: before the request reaches the server, or after, when its reply comes. */
export type Cut = 'request' | 'reply';

export interface TcpProxy {
  readonly port: number;
  /** Cuts the connection of the next request that contains all of these words. Resolves once it did. */
  cutNext(cut: Cut, ...words: readonly string[]): Promise<void>;
  /** Cuts every connection there is. */
  cutAll(): void;
  close(): Promise<void>;
}

/** Stands between a client and a server on loopback, and loses what it is told to lose. */
export async function startProxy(target: number): Promise<TcpProxy> {
  let next: { readonly cut: Cut; readonly words: readonly string[]; readonly done: () => void } | null = null;
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = dial(target, '127.0.0.1');
    let cutReply: (() => void) | null = null;
    const end = () => {
      for (const socket of [client, upstream]) socket.destroy();
    };
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', end);
      socket.on('close', () => {
        sockets.delete(socket);
        end();
      });
    }
    client.on('data', (chunk) => {
      const wanted = next;
      if (wanted?.words.every((word) => chunk.includes(word)) === true) {
        next = null;
        if (wanted.cut === 'request') {
          end();
          wanted.done();
          return;
        }
        cutReply = wanted.done;
      }
      upstream.write(chunk);
    });
    upstream.on('data', (chunk) => {
      if (cutReply === null) client.write(chunk);
      else {
        end();
        cutReply();
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const cutAll = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    cutNext: (cut, ...words) =>
      new Promise((resolve) => {
        next = { cut, words, done: resolve };
      }),
    cutAll,
    async close() {
      const closed = once(server, 'close');
      server.close();
      cutAll();
      await closed;
    },
  };
}
