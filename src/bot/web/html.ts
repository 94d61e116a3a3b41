import { html } from 'hono/html';

export { html };
/** Markup: everything put into the template was escaped, except other markup. */
export type Html = ReturnType<typeof html>;
export const nothing: Html = html``;
