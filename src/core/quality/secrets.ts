const patterns: readonly { name: string; pattern: RegExp }[] = [
  { name: 'a private key', pattern: /-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----/ },
  { name: 'an AWS access key id', pattern: /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/ },
  { name: 'a GitHub token', pattern: /\b(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{40,100})/ },
  { name: 'a Slack token', pattern: /\bxox[abprs]-[A-Za-z0-9-]{10,100}/ },
  { name: 'a Google API key', pattern: /\bAIza[0-9A-Za-z_-]{35}\b/ },
  { name: 'a JSON Web Token', pattern: /\beyJ[A-Za-z0-9_-]{10,2000}\.eyJ[A-Za-z0-9_-]{10,4000}\.[A-Za-z0-9_-]{10,2000}/ },
  { name: 'a bearer token', pattern: /\bbearer\s+(?=[A-Za-z0-9._~+/-]*\d)[A-Za-z0-9._~+/-]{20,4000}/i },
  {
    name: 'credentials in a URL',
    pattern: /\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s:@/]{0,100}:(?![^\s@/]*(?:\*|masked|redacted|[[<{]))[^\s@/]{1,200}@/i,
  },
];

/** One cheap look at a long text: without any of these words no pattern can match. */
const hint = /PRIVATE KEY-|A(?:KI|SI)A[0-9A-Z]|gh[pousr]_|github_pat_|\bxox|AIza|\beyJ|bearer\s|:\/\/[^\s@/"]{1,320}@/i;

/** Whether a text could contain a credential at all. JSON escapes of quotes and breaks do not hide one. */
export function mayHoldSecret(text: string): boolean {
  return hint.test(text);
}

/** What kind of credential a text contains (`a private key`), or undefined. Masked ones (`***`, `[MASKED…]`) do not count. */
export function secretIn(text: string): string | undefined {
  return patterns.find(({ pattern }) => pattern.test(text))?.name;
}
