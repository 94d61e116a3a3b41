import { type Card, type CardItem, type FormField, type FormProblem, type FormValues, REJECT_REASONS } from '../card.ts';
import { type Html, html, nothing } from './html.ts';
import { fromLocal, toLocal } from './moments.ts';
import { cardVersion, hiddenCsrf, isOpen, packShown, undecided, type View } from './render-card.ts';
import { domId, line, visible } from './visible-text.ts';

/** The panels of a card that a person types in. Pure. */

const changed = html`<p class="meanwhile" role="status" hidden>This changed meanwhile. Look at the card above before you go on.</p>`;
const cancel = (card: Card, label: string): Html => html`<a class="button" href="/#${domId('card', card.approval)}" data-close>${label}</a>`;

export interface EditState {
  readonly card: Card;
  readonly item: CardItem;
  readonly fields: readonly FormField[];
  readonly problems: readonly FormProblem[];
  /** What the person had typed, by field name. */
  readonly typed: ReadonlyMap<string, string>;
}

/** Edits one item. What was typed stays, problems stand at their fields. */
export function editPanel({ card, item, fields, problems, typed }: EditState, view: View): Html {
  const path = `/approvals/${encodeURIComponent(card.approval)}/edit`;
  const id = domId('edit', `${card.approval}-${item.item}`);
  const general = problems.filter(({ field }) => !fields.some(({ name }) => name === field));
  const open = isOpen(card);
  return html`<form class="panel edit" id="${id}" method="post" action="${path}" hx-post="${path}" hx-disable="find fieldset" data-version="${cardVersion(card)}" novalidate>
    <h4 tabindex="-1">${open ? 'Edit' : 'Your text, to copy'}${undecided(card).length > 1 ? html`: ${line(item.title, 80)}` : nothing}</h4>${changed}
    ${hiddenCsrf(view)}<input type="hidden" name="item" value="${packShown(item)}">
    <fieldset aria-label="Edit">
      ${general.map(({ problem }) => html`<p class="problem">${visible(problem)}</p>`)}
      ${fields.map((field) => editField(field, id, problems, typed.get(field.name), view.zone))}
      <div class="buttons">${open ? html`<button class="primary">Save and approve</button>` : nothing}${cancel(card, open ? 'Cancel' : 'Close')}</div>
    </fieldset></form>`;
}

function editField(field: FormField, form: string, problems: readonly FormProblem[], typed: string | undefined, zone: string): Html {
  const id = `${form}-${field.name}`;
  const own = problems.filter((problem) => problem.field === field.name);
  const value = typed ?? (field.type === 'date-time' ? toLocal(field.value, zone) : field.value);
  return html`<div class="field"><label for="${id}">${line(field.label, 80)}${field.required ? nothing : html` <span class="optional">optional</span>`}</label>
    ${input(field, id, value, own.length > 0)}
    ${field.type === 'date-time' ? html`<p class="hint">Time zone: ${zone}</p>` : nothing}
    <p class="problem" id="${id}-problem">${own.map(({ problem }) => visible(problem)).join(' ')}</p></div>`;
}

function input(field: FormField, id: string, value: string, wrong: boolean): Html {
  const common = html`id="${id}" name="value.${field.name}" aria-describedby="${id}-problem" ${wrong ? html`aria-invalid="true"` : nothing} ${field.required ? html`required` : nothing} ${field.maxLength === null ? nothing : html`maxlength="${field.maxLength}"`}`;
  switch (field.type) {
    case 'multiline':
      // A browser drops one line feed right after the tag.
      return html`<textarea ${common} dir="auto" rows="${Math.min(18, Math.max(4, value.split('\n').length + 1))}">${`\n${value}`}</textarea>`;
    case 'choice':
      return html`<select ${common}>${field.choices.map((choice) => html`<option ${choice === value ? html`selected` : nothing}>${choice}</option>`)}</select>`;
    case 'number':
      return html`<input ${common} inputmode="decimal" autocomplete="off" value="${value}">`;
    case 'date-time':
      return html`<input ${common} type="datetime-local" value="${value}">`;
    case 'text':
      return html`<input ${common} dir="auto" autocomplete="off" value="${value}">`;
    default:
      return field.type satisfies never;
  }
}

/** The posted fields as text, and as values for the desk. Only fields the form has are read. */
export function readEdit(
  fields: readonly FormField[],
  posted: FormData,
  zone: string,
): { readonly typed: ReadonlyMap<string, string>; readonly values: FormValues } {
  const typed = new Map(
    fields.flatMap(({ name }): [string, string][] => {
      const value = posted.get(`value.${name}`);
      return typeof value === 'string' ? [[name, value]] : [];
    }),
  );
  const dates = new Set(fields.filter(({ type }) => type === 'date-time').map(({ name }) => name));
  return { typed, values: Object.fromEntries([...typed].map(([name, value]) => [name, dates.has(name) && value !== '' ? fromLocal(value, zone) : value])) };
}

/** One click on a preset reason rejects; so do the person's own words. `chosen` are the items checked on the card. */
export function rejectPanel(card: Card, chosen: ReadonlySet<string>, view: View): Html {
  const path = `/approvals/${encodeURIComponent(card.approval)}/decide`;
  const id = domId('reject', card.approval);
  const items = undecided(card);
  return html`<form class="panel reject" id="${id}" method="post" action="${path}" hx-post="${path}" hx-disable="find fieldset" data-version="${cardVersion(card)}">
    <h4 tabindex="-1">Reject: what is wrong?</h4>${changed}
    ${hiddenCsrf(view)}<input type="hidden" name="verdict" value="reject">
    <fieldset aria-label="Reject">
      ${
        items.length > 1
          ? html`<div class="choose">${items.map((item) => html`<label><input type="checkbox" name="item" value="${packShown(item)}" ${chosen.size === 0 || chosen.has(item.item) ? html`checked` : nothing}> <span dir="auto">${line(item.title)}</span></label>`)}</div>`
          : items.map((item) => html`<input type="hidden" name="item" value="${packShown(item)}">`)
      }
      <div class="field"><label for="${id}-words">In your own words <span class="optional">optional</span></label><input id="${id}-words" name="words" maxlength="500" autocomplete="off" dir="auto"></div>
      <div class="buttons"><button class="danger">Reject</button>${cancel(card, 'Cancel')}</div>
      <div class="presets" role="group" aria-labelledby="${id}-presets"><span class="hint" id="${id}-presets">Or with one click:</span>${REJECT_REASONS.map((reason) => html`<button class="chip" name="reason" value="${reason}">${reason}</button>`)}</div>
      <p class="hint">The reason goes back to the agent, which may try again.</p>
    </fieldset></form>`;
}
