import type { AddressInfo, Socket } from 'node:net';
import { type ParsedMail, simpleParser } from 'mailparser';
import { SMTPServer } from 'smtp-server';

/** What the server says instead of taking it, as in `550 5.1.1 no such user`. */
export type Refusal = { readonly code: number; readonly message: string };

export interface SmtpBehaviour {
  readonly login?: { readonly user: string; readonly pass: string };
  readonly recipient?: Refusal | 'hang-up';
  /** `take-and-hang-up`: the mail is in the ledger, but its sender never hears so. */
  readonly text?: Refusal | 'take-and-hang-up' | 'take-and-never-answer';
}

export interface SmtpTarget {
  readonly port: number;
  /** Every mail it took, oldest first: judge by this. */
  readonly ledger: readonly { readonly from: string; readonly to: readonly string[]; readonly raw: string; readonly mail: ParsedMail }[];
  /** Resolves when a mail has come into the ledger. */
  taken(): Promise<void>;
  close(): Promise<void>;
}

const refusal = ({ code, message }: Refusal): Error => Object.assign(new Error(message), { responseCode: code });

/** A mail server on loopback, with STARTTLS as `smtp-server` brings it. */
export async function startSmtpTarget(behaviour: SmtpBehaviour = {}): Promise<SmtpTarget> {
  const ledger: SmtpTarget['ledger'][number][] = [];
  const sockets = new Set<Socket>();
  const waiting: (() => void)[] = [];
  const hangUp = () => {
    for (const socket of sockets) socket.destroy();
  };

  const server = new SMTPServer({
    // Its built-in certificate will do on loopback; this keeps it from saying so each time.
    logger: false,
    disableReverseLookup: true,
    authOptional: behaviour.login === undefined,
    onAuth({ username, password }, _session, done) {
      const { login } = behaviour;
      // A careless server that echoes what it was given.
      if (username !== login?.user || password !== login?.pass)
        return done(refusal({ code: 535, message: `5.7.8 not accepted: ${username} with ${password}` }));
      return done(null, { user: username });
    },
    onRcptTo(_address, _session, done) {
      if (behaviour.recipient === 'hang-up') return hangUp();
      return done(behaviour.recipient ? refusal(behaviour.recipient) : null);
    },
    async onData(stream, session, done) {
      const chunks: Buffer[] = [];
      for await (const chunk of stream) chunks.push(Buffer.from(chunk));
      const { text } = behaviour;
      if (typeof text === 'object') return done(refusal(text));
      const bytes = Buffer.concat(chunks);
      const { mailFrom, rcptTo } = session.envelope;
      ledger.push({
        from: mailFrom ? mailFrom.address : '',
        to: rcptTo.map(({ address }) => address),
        raw: bytes.toString('latin1'),
        mail: await simpleParser(bytes),
      });
      for (const resolve of waiting.splice(0)) resolve();
      if (text === 'take-and-hang-up') return hangUp();
      if (text === undefined) done(null, '2.0.0 taken');
    },
  });
  // A client that goes away in the middle is part of the tests.
  server.on('error', () => {});
  server.server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.server.address() as AddressInfo;

  return {
    port,
    ledger,
    taken: () => (ledger.length > 0 ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve))),
    close: () => {
      hangUp();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}
