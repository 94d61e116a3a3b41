import type { ExternalAction } from './action.ts';
import { type MailRequest, mailRequest, type Sender } from './mail-message.ts';
import type { MailRoute } from './mail-route.ts';

/** Sends one mail to one person. `sender` is asked each time, since settings can be reloaded. */
export const createMailSend = (route: MailRoute, sender: () => Sender): ExternalAction<MailRequest> => ({
  kind: 'external',
  name: 'mail.send',
  schema: mailRequest,
  irreversible: 'A mail cannot be called back once it has left.',
  show({ to, subject, text }) {
    const { name, email } = sender();
    return [{ kind: 'mail', from: `${name} <${email}>`, to, subject, text }];
  },
  get connector() {
    return route.now();
  },
  connectors: route.all,
});
