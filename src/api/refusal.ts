/** Why a post was not taken, in words for who sent it. */
export interface Refusal {
  readonly status: 400 | 404 | 405 | 408 | 413 | 415 | 422 | 429 | 503;
  readonly title: string;
  readonly detail: string;
}

export const refusal = (status: Refusal['status'], title: string, detail: string): Refusal => ({ status, title, detail });
export const isRefusal = (value: object): value is Refusal => 'status' in value && 'detail' in value;
