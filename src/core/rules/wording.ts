/** A quoted text as the end of a sentence: with one full stop. */
export function sentence(text: string | number | undefined): string {
  const trimmed = String(text ?? '').trim();
  return /[.!?…]$/.test(trimmed) || trimmed === '' ? trimmed : `${trimmed}.`;
}
