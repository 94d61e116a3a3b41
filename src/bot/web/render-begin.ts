import type { FormProblem } from '../card.ts';
import type { ImportReport, SetupAnswers } from '../intents.ts';
import { type Html, html, nothing } from './html.ts';
import { hiddenCsrf, type View } from './render-card.ts';
import { line, visible } from './visible-text.ts';

/** The first minutes: five questions, then three ways to begin. Pure. */

interface Question {
  readonly name: keyof SetupAnswers;
  readonly label: string;
  readonly hint: string;
  readonly long?: boolean;
  readonly type?: string;
  readonly autocomplete?: string;
  readonly max: number;
}

export const QUESTIONS: readonly Question[] = [
  { name: 'company', label: 'What is your company called?', hint: '', autocomplete: 'organization', max: 100 },
  { name: 'offer', label: 'What do you offer?', hint: 'One sentence, as you would say it to a customer.', long: true, max: 500 },
  { name: 'idealCustomer', label: 'Who is your ideal customer?', hint: 'Industry, size, place, need. Leads are scored against this.', long: true, max: 1000 },
  { name: 'senderName', label: 'Who signs the replies?', hint: '', autocomplete: 'name', max: 100 },
  { name: 'senderEmail', label: 'From which address?', hint: 'Nothing is sent until you go live.', type: 'email', autocomplete: 'email', max: 254 },
  { name: 'timeZone', label: 'Which time zone are you in?', hint: 'For “tomorrow morning” and quiet hours.', max: 60 },
];

export function setUpPage(typed: Partial<SetupAnswers>, problems: readonly FormProblem[], zone: string, view: View): Html {
  const general = problems.filter(({ field }) => !QUESTIONS.some(({ name }) => name === field));
  return html`<section class="begin"><h1>Welcome. Five short questions.</h1>
    <p class="lead">Your agents need to know who they work for. You can change every answer later in <code>config/local/</code>.</p>
    <form class="sheet-form" method="post" action="/set-up" novalidate>${hiddenCsrf(view)}
      ${general.map(({ problem }) => html`<p class="problem">${visible(problem)}</p>`)}
      ${QUESTIONS.map((question) => ask(question, typed[question.name] ?? (question.name === 'timeZone' ? zone : ''), problems, typed.timeZone === undefined))}
      <datalist id="zones">${Intl.supportedValuesOf('timeZone').map((name) => html`<option value="${name}">`)}</datalist>
      <div class="buttons"><button class="primary">Begin</button> <a href="/begin">Look around first, with sample leads</a></div></form></section>`;
}

function ask({ name, label, hint, long, type, autocomplete, max }: Question, value: string, problems: readonly FormProblem[], prefill: boolean): Html {
  const id = `question-${name}`;
  const own = problems.filter(({ field }) => field === name);
  const common = html`id="${id}" name="${name}" required maxlength="${max}" aria-describedby="${id}-hint" ${own.length > 0 ? html`aria-invalid="true"` : nothing} ${autocomplete ? html`autocomplete="${autocomplete}"` : nothing}`;
  return html`<div class="field"><label for="${id}">${label}</label>
    ${long ? html`<textarea ${common} rows="3" dir="auto">${`\n${value}`}</textarea>` : html`<input ${common} type="${type ?? 'text'}" dir="auto" value="${value}" ${name === 'timeZone' ? html`list="zones" ${prefill ? html`data-zone` : nothing}` : nothing}>`}
    <p class="hint" id="${id}-hint">${own.length > 0 ? html`<span class="problem">${own.map(({ problem }) => visible(problem)).join(' ')}</span>` : hint}</p></div>`;
}

export interface BeginOptions {
  readonly samples: boolean;
  readonly formUrl: string | null;
  readonly problem?: string;
}

export function beginPage({ samples, formUrl, problem }: BeginOptions, view: View): Html {
  return html`<section class="begin"><h1>Where do your leads come from?</h1>
    <p class="lead">Each one is read, scored and answered with a draft. Nothing is sent before you approve it.</p>
    ${problem ? html`<p class="problem" role="alert">${visible(problem)}</p>` : nothing}
    <div class="ways">
      ${samples ? html`<form class="way" method="post" action="/import/samples"><h2>Try it with samples</h2><p>A set of made-up leads, in several languages, some of them spam. Addresses are reserved: nobody is written to.</p>${hiddenCsrf(view)}<button class="primary">Load sample leads</button></form>` : nothing}
      <form class="way" method="post" action="/import" enctype="multipart/form-data"><h2>Import a CSV</h2><p>From your form tool or CRM; the columns are recognised. Importing it again doubles nothing.</p>${hiddenCsrf(view)}
        <div class="field"><label for="file">CSV file, up to 10 MB</label><input id="file" type="file" name="file" accept=".csv,text/csv" required></div><button>Import</button></form>
      ${formUrl ? html`<div class="way"><h2>Connect your form</h2><p>Let your website’s contact form post to this address:</p><pre><code>${formUrl}</code></pre><p class="hint">It must be reachable from the internet: the README shows a tunnel and a proxy. <code>examples/form.html</code> is a form to copy.</p></div>` : nothing}
    </div></section>`;
}

const SHOWN_LINES = 200;

export function reportPage(fileName: string, report: ImportReport): Html {
  const more = report.rejectedCount - Math.min(report.rejected.length, SHOWN_LINES);
  return html`<section class="begin report"><h1>${report.created === 0 ? 'Nothing new' : `${report.created} new ${report.created === 1 ? 'lead' : 'leads'}`}</h1>
    <p class="lead">From <b dir="auto">${line(fileName, 120)}</b>: ${report.created} created, ${report.repeated} known already, ${report.rejectedCount} rejected.</p>
    <p><a class="button primary" href="/">Go to the feed</a> <a class="button" href="/begin">Add more</a></p>
    ${report.columns.length === 0 ? nothing : html`<h2>Columns</h2><dl class="fields columns-found">${report.columns.map(({ header, field }) => html`<div><dt dir="auto">${line(header, 80) || '(no name)'}</dt><dd>${field === null ? html`<span class="ignored">not used</span>` : line(field, 80)}</dd></div>`)}</dl>`}
    ${
      report.rejected.length === 0
        ? nothing
        : html`<h2>Rejected lines</h2><table><thead><tr><th scope="col">Line</th><th scope="col">Why</th></tr></thead><tbody>${report.rejected.slice(0, SHOWN_LINES).map((row) => html`<tr><td>${row.line}</td><td dir="auto">${line(row.why, 300)}</td></tr>`)}</tbody></table>
      ${more > 0 ? html`<p class="cut">… and ${more} more</p>` : nothing}`
    }</section>`;
}
