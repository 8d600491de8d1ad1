import type { Reason } from '../model/taxonomy.ts';

/** What a pull failure message says. `ambiguous`: registries that answer the same for a missing and a private repository. */
export type PullFailure = { reason: Reason; detail: string; ambiguous: boolean; image?: string; registry?: string };

type Wording = { reason: Reason; pattern: RegExp; ambiguous?: boolean };

// The order decides: a message often wraps one cause in the words of another ("failed to authorize: … dial tcp: i/o timeout").
const wordings: Wording[] = [
  {
    reason: 'InvalidImageName',
    pattern:
      /couldn'?t parse image (?:name|reference)|invalid (?:image )?reference format|repository name must be (?:lowercase|canonical)|\bInvalidImageName\b|invalid image (?:name|reference)|is not a valid repository\/tag/i,
  },
  { reason: 'ImageNeverPull', pattern: /is not present with pull policy of Never|\bErrImageNeverPull\b|imagePullPolicy(?: is)? Never/i },
  {
    reason: 'ImageSignatureRejected',
    pattern:
      /\bSignatureValidationFailed\b|source image rejected|a signature was required, but no signature exists|is rejected by policy|image verifier \S+ (?:blocked|rejected)|signature (?:verification|validation) (?:failed|error)|no (?:valid |matching )?signatures? (?:found|matched)|invalid GPG signature|cryptographic signature verification failed/i,
  },
  {
    reason: 'RegistryRateLimited',
    pattern:
      /toomanyrequests|too many requests|\bpull rate limit|(?:rate limit|quota) (?:exceeded|reached)|\bpull QPS exceeded|(?:status(?: code)?:?|code|HTTP(?:\/[\d.]+)?) 429\b|\b429 /i,
  },
  {
    reason: 'ImageArchMismatch',
    pattern:
      /no match(?:ing)? (?:for platform|manifest for \w+\/\w+)|does not match the (?:specified|detected host) platform|no image found in (?:manifest list|image index) for architecture/i,
  },
  {
    reason: 'RegistryTlsError',
    pattern:
      /x509: |tls: (?!handshake timeout)|certificate (?:verify failed|signed by unknown|has expired|is not (?:valid|trusted))|server gave HTTP response to HTTPS client|first record does not look like a TLS handshake|remote error: tls|SSL certificate problem|certificate is valid for/i,
  },
  {
    reason: 'RegistryUnreachable',
    pattern:
      /no such host|i\/o timeout|connection refused|connection reset by peer|connection timed out|network is unreachable|no route to host|host is (?:down|unreachable)|context deadline exceeded|Client\.Timeout exceeded|TLS handshake timeout|request canceled while waiting for connection|server misbehaving|temporary failure in name resolution|could not resolve host|\bunexpected EOF\b|: EOF\b|proxyconnect tcp|\bRegistryUnavailable\b|(?:status(?: code)?:?|status code from [^\n]{0,300}:|HTTP status:) 5\d\d\b|\b50[0234] (?:Internal Server Error|Bad Gateway|Service Unavailable|Service Temporarily Unavailable|Gateway Time-?out)|http2: (?:client connection lost|server sent GOAWAY)|ping attempt failed/i,
  },
  {
    reason: 'ImageAuthFailed',
    pattern:
      /no basic auth credentials|incorrect username or password|invalid username\/password|(?:token|credentials?) (?:has |have )?expired|failed to (?:get|decode|parse) (?:registry )?(?:auth|credential)/i,
  },
  {
    reason: 'ImageNotFound',
    pattern:
      /pull access denied[^\n]*(?:may require|repository does not exist)|repository does not exist or may (?:require|not)|insufficient_scope: authorization failed|requested access to the resource is denied|access to the requested resource is not authorized|\(or it may not exist\)/i,
    ambiguous: true,
  },
  {
    reason: 'ImageNotFound',
    pattern:
      /manifest unknown|MANIFEST_UNKNOWN|NAME_UNKNOWN|name unknown|manifest for \S+ not found|(?:repository|image|artifact|tag|reference|manifest|blob)\b[^\n]{0,300}?(?:not found|does not exist|cannot be found)|code = NotFound|: not found\b|\b404 Not Found|(?:status(?: code)?:?|status:) 404\b|no such (?:image|manifest)|unknown manifest|reading manifest \S+ in \S+: (?:manifest|name) unknown/i,
  },
  {
    reason: 'ImageAuthFailed',
    pattern:
      /\bunauthorized\b|authentication required|\b401\b|\b403\b|\bforbidden\b|\baccess denied|\bdenied: |: denied\b|permission [^\n]{0,120}denied|authorization failed|failed to authorize|authorization token has expired|failed to fetch (?:oauth|anonymous) token|invalid credentials|not authorized/i,
  },
];

const imagePattern =
  /(?:pull(?:ing)?(?: and unpack)?|resolve) (?:image|reference) \\?"([^"\\]+)|image name \\?"([^"\\]+)|image \\?"([^"\\]+)\\?" is not present|Back-off pulling image "([^"]+)/i;

/**
 * Reads a pull error in the words of containerd, CRI-O, docker and the kubelet: `status.containerStatuses[].state.waiting.message`
 * or the message of a Failed, InspectFailed or ErrImageNeverPull Event. Undefined when it only says that pulling failed.
 */
export function parsePullFailure(message: string): PullFailure | undefined {
  const said = message.replace(/^Error: (?=\w+$)/, '');
  const detail = innermost(said);
  const wording = wordings.find(({ pattern }) => pattern.test(said.replace(imageQuotes, '"…"')));
  if (wording === undefined) return undefined;
  const match = imagePattern.exec(said);
  const image = match?.slice(1).find((group) => group !== undefined);
  const ambiguous = wording.ambiguous === true && !/no basic auth|unauthorized: auth|401/i.test(said);
  return {
    reason: wording.reason,
    detail,
    ambiguous,
    ...(image === undefined ? {} : { image, registry: registryOf(image) }),
  };
}

// Names of images are data: "registry/forbidden-city:404" says nothing about the failure.
const imageQuotes = /"[\w.:/@-]+"/g;

/** The last part of a chain of wrapped errors, which names the cause. */
function innermost(message: string): string {
  const cut = message.replace(
    /^(?:Back-off pulling image "[^"]*": |ErrImagePull: |Failed to pull image "[^"]*": |rpc error: code = \w+ desc = |failed to pull and unpack image "[^"]*": |failed to resolve (?:reference|image) "[^"]*": |(?:initializing source|pinging container registry|reading manifest) \S+ ?)+/g,
    '',
  );
  return cut.slice(0, 300);
}

/** The registry host of an image name (docker.io when it names none). */
export function registryOf(image: string): string {
  const [first = '', ...rest] = image.split('/');
  return rest.length > 0 && (first.includes('.') || first.includes(':') || first === 'localhost') ? first : 'docker.io';
}
