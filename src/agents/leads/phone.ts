/**
 * The last eight digits of a telephone number, which are the same with and without country code,
 * trunk zero and punctuation; null when it has fewer than seven. Equal keys are a hint, not proof.
 */
export function phoneKey(phone: string): string | null {
  const typed = phone.normalize('NFKC').slice(0, 100).split(/[;,]|\b(?:or|oder|ou|ext|x|dw)\b/i)[0] ?? '';
  const digits = typed.replace(/\(0\)/g, '').replace(/\D/g, '').replace(/^0+/, '');
  return digits.length < 7 || /^(\d)\1+$/.test(digits) || '01234567890123456789'.includes(digits) ? null : digits.slice(-8);
}
