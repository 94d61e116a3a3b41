import { type Prices, priceOf } from '../../agents/models/prices.ts';
import type { Environment } from '../../environment.ts';
import { broken, type Check, messageOf, mind, ok } from './check.ts';

type Model = NonNullable<Environment['model']>;

/** Prices older than this should be looked at again, days. */
const OLD = 180;

/** Prices of the models that are asked, and whether the endpoint takes the key; no tokens are paid for. */
export async function checkModels(model: Model | null, prices: Prices, now: Date): Promise<Check[]> {
  if (model === null) return [ok('Models', 'none is set (ANTHROPIC_API_KEY); the agents work with their own rules')];
  const names = [...new Set([model.small, model.large])];
  const unpriced = names.flatMap((name) => {
    try {
      priceOf(prices, name);
      return [];
    } catch (error) {
      return [broken('Prices', messageOf(error), 'Add it to prices.yaml: a model without a price is not asked.')];
    }
  });
  const age = Math.floor((now.getTime() - new Date(prices.checked).getTime()) / 86_400_000);
  const checked =
    age > OLD
      ? mind('Prices', `were checked ${age} days ago`, "Compare prices.yaml with the provider's list, and set `checked`.")
      : ok('Prices', `known for ${names.join(' and ')}, checked on ${prices.checked}`);
  return [...(unpriced.length > 0 ? unpriced : [checked]), ...(await Promise.all(names.map((name) => askFor(model, name))))];
}

/** What the endpoint says to a look at one model. */
async function askFor({ apiKey, baseURL }: Model, name: string): Promise<Check> {
  const base = (baseURL ?? 'https://api.anthropic.com').replace(/\/$/, '');
  const host = new URL(base).host;
  try {
    const { status } = await fetch(`${base}/v1/models/${encodeURIComponent(name)}`, {
      headers: { 'x-api-key': apiKey, 'anthropic-version': '2023-06-01' },
      redirect: 'error',
      signal: AbortSignal.timeout(10_000),
    });
    if (status === 401 || status === 403) return broken('Models', `${host} refuses the key (${status})`, 'Check ANTHROPIC_API_KEY.');
    if (status === 404)
      return mind('Models', `${host} does not know ${name}, or does not list models`, 'Check COUNTERSIGN_SMALL_MODEL and COUNTERSIGN_LARGE_MODEL.');
    return status < 300
      ? ok('Models', `${host} takes the key and knows ${name}`)
      : mind('Models', `${host} answers ${status} for now`, 'Try again later; the agents go on without.');
  } catch (error) {
    return broken(
      'Models',
      `${host} cannot be reached: ${messageOf(error)}`,
      'Check the connection, and ANTHROPIC_BASE_URL if you set it. The agents go on without.',
    );
  }
}
