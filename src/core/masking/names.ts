/** Words that make a name secret wherever they stand in it, also glued to others (`PGPASSWORD`, `authtoken`). */
const secretParts =
  /passw(?:or)?d|passphrase|secret|token|credential|api_?key|access_?key|private_?key|client_?key|signing_?key|encryption_?key/;

/** Words that do so only when they stand alone. */
const secretWords = new Set(['auth', 'pass', 'pwd', 'creds', 'cred', 'pat', 'apikey']);

/** A last word that makes the value something about a secret, not the secret. */
const harmlessEndings = new Set(
  `ttl name names namespace path paths file files dir directory folder mount timeout expiry expiration expires lifetime age url uri endpoint
   host hostname port enabled enable disabled required type kind mode method methods header headers issuer audience audiences length size
   count limit limits policy ref refs reference version interval duration seconds minutes hours max min provider realm backend driver store
   service scope scopes format algorithm template reviewer controller through`
    .split(/\s+/)
    .filter((word) => word !== ''),
);

const aboutTokens = new Set(['max', 'min', 'num', 'total', 'per', 'count', 'tokenizer', 'tokenizers', 'tokenize', 'tokenization']);

/** `prompt_tokens` counts words; `api_tokens` are secrets. */
const ownersOfTokens = new Set(['api', 'auth', 'access', 'bearer', 'secret', 'refresh', 'id']);

/**
 * Whether the name of a variable, key or flag says that its value is a secret: `DB_PASSWORD`, `apiKey`, `--token`;
 * not `TOKEN_TTL`, `SECRET_NAME`, `PASSWORD_FILE`, `MAX_TOKENS`, `AUTHOR` or `KEY`.
 */
export function saysSecret(name: string): boolean {
  if (name.length > 256) return false;
  const words = wordsOf(name);
  const last = words.at(-1) ?? '';
  if (harmlessEndings.has(last)) return false;
  if (words.some((word) => secretWords.has(word))) return true;
  if (last === 'tokens' && !words.some((word) => ownersOfTokens.has(word))) return false;
  if (words.some((word) => aboutTokens.has(word)) && !/passw|secret|credential|key/.test(words.join('_'))) return false;
  return secretParts.test(words.join('_'));
}

function wordsOf(name: string): string[] {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '');
}
