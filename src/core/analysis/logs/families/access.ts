import { exact, loose, rowsOf, type Signature, statusAnchors } from '../signature.ts';

const USER = String.raw`user "(?<user>[^"\n]{1,300})" cannot (?<verb>[a-z]{2,20}) `;
const RESOURCE = String.raw`resource "(?<resource>[^"\n]{1,120})" in api group "(?<apiGroup>[^"\n]{0,120})"`;

const rbac: Signature[] = [
  ...rowsOf('rbac-forbidden', 'access', [
    {
      pattern: loose`${USER}${RESOURCE} in the namespace "(?<namespace>[^"\n]{1,63})"`,
      anchors: ['in api group'],
      weight: 0.98,
    },
    { pattern: loose`${USER}${RESOURCE} at the cluster scope`, anchors: ['in api group'], weight: 0.98 },
    {
      pattern: loose`is forbidden: ${USER}(?<resource>[\w/-]{1,80})(?:\.(?<apiGroup>[\w.-]{1,120}))? (?:at the cluster scope|in the namespace "(?<namespace>[^"\n]{1,63})")`,
      anchors: ['is forbidden'],
      weight: 0.97,
    },
    { pattern: loose`forbidden: ${USER}path "(?<path>[^"\n]{1,300})"`, anchors: ['forbidden: user'], weight: 0.95 },
    { pattern: loose`is forbidden: user "(?<user>[^"\n]{1,300})" cannot (?<verb>[a-z]{2,20})`, anchors: ['is forbidden'], weight: 0.93 },
    {
      pattern: loose`user "?(?<user>system:serviceaccount:[\w.:-]{1,300})"? (?:cannot|is not allowed to) (?<verb>[a-z]{2,20}) (?<resource>[\w/.-]{1,120})`,
      anchors: ['system:serviceaccount'],
      weight: 0.92,
    },
    { pattern: exact`"reason": ?"Forbidden"[^\n]{0,20}"details"`, anchors: ['forbidden'], weight: 0.7 },
  ]),
  ...rowsOf('unauthorized-k8s', 'access', [
    {
      pattern: loose`\b(?:you must be logged in to the server|unable to authenticate the request|invalid bearer token|service account token has (?:expired|been invalidated)|the server has asked for the client to provide credentials)`,
      anchors: ['you must be logged', 'unable to authenticate', 'invalid bearer', 'account token has', 'asked for the client'],
      weight: 0.9,
    },
    {
      pattern: loose`failed to (?:list|watch|get) (?:\*?[\w./]{1,100}: )?(?:failed to list \*?[\w./]{1,100}: )?unauthorized\b`,
      anchors: ['unauthorized'],
      weight: 0.9,
      languages: ['go'],
    },
    { pattern: loose`serviceaccount/token: (?:no such file|permission denied)`, anchors: ['serviceaccount/token'], weight: 0.9 },
    {
      pattern: loose`(?:unable to load|error loading|no) in-cluster config(?:uration)?\b|unable to load in-cluster`,
      anchors: ['in-cluster'],
      weight: 0.75,
    },
  ]),
];

const auth: Signature[] = rowsOf('auth-failed', 'access', [
  { pattern: loose`host '(?<address>[^'\n]{1,253})' is not allowed to connect`, anchors: ['is not allowed to'], weight: 0.92 },
  { pattern: loose`password authentication failed for user "(?<user>[^"\n]{0,120})"`, anchors: ['password authentication'], weight: 0.95 },
  {
    pattern: loose`(?:role|user) "(?<user>[^"\n]{1,120})" (?:does not exist|is not permitted to log in)`,
    anchors: ['does not exist', 'is not permitted to'],
    weight: 0.85,
  },
  {
    pattern: loose`no pg_hba\.conf entry for host "(?<address>[^"\n]{1,60})", user "(?<user>[^"\n]{1,120})"`,
    anchors: ['pg_hba.conf'],
    weight: 0.92,
  },
  { pattern: loose`access denied for user '(?<user>[^'\n]{0,120})'@'[^'\n]{0,253}'`, anchors: ['access denied for user'], weight: 0.95 },
  { pattern: exact`\b(?<detail>WRONGPASS|NOAUTH|NOPERM)\b`, anchors: ['wrongpass', 'noauth', 'noperm '], weight: 0.93 },
  {
    pattern: exact`ERR (?:invalid password|AUTH <password> called without|Client sent AUTH)`,
    anchors: ['invalid password', 'auth <password>', 'client sent auth'],
    weight: 0.9,
  },
  {
    pattern: loose`\b(?:SASL|SCRAM|kerberos|LDAP|IMAP|SMTP|SSH|GSSAPI) ?authentication (?:failed|error)|\bsasl authentication exception|SaslAuthenticationException`,
    anchors: ['authentication', 'saslauthentication'],
    weight: 0.92,
  },
  // Cloud services: AWS SDKs of Python, Go and Java, Google and Azure clients.
  {
    pattern: exact`\b(?:An error occurred \(|api error |Error Code: |errorCode=|"Code":"|<Code>)(?<detail>AccessDenied(?:Exception)?|UnauthorizedOperation|InvalidClientTokenId|InvalidAccessKeyId|SignatureDoesNotMatch|ExpiredToken(?:Exception)?|UnrecognizedClientException|AuthenticationFailed|AuthorizationFailure)\b`,
    anchors: ['an error occurred (', 'api error ', 'error code: ', 'errorcode=', '"code":"', '<code>'],
    weight: 0.92,
  },
  {
    pattern: exact`\bdoes not have (?<detail>[a-z]\w{1,40}\.[\w.]{1,80}) (?:access|permission)|\bPERMISSION_DENIED: `,
    anchors: ['does not have', 'permission_denied: '],
    weight: 0.88,
  },
  // Vault and Consul list the errors of a refused request.
  {
    pattern: loose`^\s{0,4}(?:\| )?\* permission denied$|\bCode: 403\. Errors:`,
    anchors: ['* permission denied', 'code: 403. errors'],
    weight: 0.92,
  },
  { pattern: loose`\blogin refused: user '(?<user>[^'\n]{0,120})'`, anchors: ['login refused'], weight: 0.95 },
  { pattern: loose`\blogin failed for user '(?<user>[^'\n]{0,120})'`, anchors: ['login failed for'], weight: 0.95 },
  {
    pattern: loose`\baccess_refused\b[^\n]{0,80}?(?:user '(?<user>[^'\n]{1,120})'|login was refused)?|\bInvalid credentials for user\b`,
    anchors: ['access_refused', 'invalid credentials'],
    weight: 0.9,
  },
  {
    pattern: loose`\bpermission denied for (?:table|relation|schema|database|sequence|function) (?<object>[\w."]{1,120})`,
    anchors: ['permission denied for'],
    weight: 0.85,
  },
  {
    pattern: loose`\bauthentication failed(?: for (?:user |principal )?["']?(?<user>[\w.@:-]{1,120}))?|\bauthenticationfailed\b|\bauth(?:entication)? fail(?:ed|ure): [^\n]{0,80}`,
    anchors: ['authentication', 'authenticationfailed', 'auth fail'],
    weight: 0.78,
  },
  { pattern: loose`\bpermission denied \((?:publickey|password|keyboard)`, anchors: ['permission denied'], weight: 0.9 },
  {
    pattern: loose`\b(?:invalid|bad|incorrect|expired|wrong) (?:username or password|user ?name\/password|credentials|api[ _-]key|access[ _-]key|client[ _-]secret)\b|\b(?:InvalidAccessKeyId|SignatureDoesNotMatch|ExpiredToken|InvalidClientTokenId|UnrecognizedClientException|NoCredentialProviders|NoCredentialsError)\b`,
    anchors: [
      'username or',
      'user name/',
      'username/',
      'credentials',
      'api key',
      'api_key',
      'api-key',
      'access key',
      'access_key',
      'access-key',
      'client secret',
      'client_secret',
      'client-secret',
      'invalidaccesskey',
      'signaturedoesnot',
      'expiredtoken',
      'invalidclienttoken',
      'unrecognizedclient',
      'nocredential',
    ],
    weight: 0.75,
  },
  {
    pattern: loose`\b(?:status(?:[ _]?code)?|error|response|returned|failed with|got|http(?: status)?)(?:: |=| )(?:status )?(?:code )?(?<status>401|403)\b(?![.:]\d)[^\n]{0,40}?(?:unauthorized|forbidden)?`,
    anchors: statusAnchors(401, 403),
    weight: 0.6,
  },
  {
    pattern: loose`\b(?<status>401|403) (?:client error: )?(?:unauthorized|forbidden)\b`,
    anchors: ['unauthorized', 'forbidden'],
    weight: 0.68,
  },
]);

const tls: Signature[] = [
  ...rowsOf('tls-expired', 'tls', [
    {
      pattern: loose`x509: certificate has expired or is not yet valid(?:: (?<detail>[^\n"]{1,200}))?`,
      anchors: ['certificate has'],
      weight: 0.97,
      languages: ['go'],
    },
    {
      pattern: loose`\b(?:CERT_HAS_EXPIRED|certificate(?:_| has | is |: | )?expired|certificate (?:has|is) expired|sslv3 alert certificate expired|CertificateExpiredException|cert(?:ificate)? expired on|NotAfter: [^\n]{1,60})\b`,
      anchors: ['cert_has_expired', 'certificate', 'cert expired', 'notafter: '],
      weight: 0.94,
    },
    { pattern: loose`\bcertificate verify failed: certificate has expired`, anchors: ['certificate verify'], weight: 0.97 },
  ]),
  ...rowsOf('tls-invalid', 'tls', [
    { pattern: loose`x509: (?!certificate has expired)(?<detail>[^\n"]{1,240})`, anchors: ['x509: '], weight: 0.93, languages: ['go'] },
    { pattern: loose`certificate verify failed(?:: (?<detail>[^\n(]{1,120}))?`, anchors: ['certificate verify'], weight: 0.92 },
    {
      pattern: loose`(?<detail>unable to get local issuer certificate|unable to verify the first certificate|self[- ]signed certificate(?: in certificate chain)?|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_VERIFY_LEAF_SIGNATURE|UNABLE_TO_GET_ISSUER_CERT_LOCALLY|ERR_TLS_CERT_ALTNAME_INVALID)`,
      anchors: [
        'unable to get local',
        'unable to verify the',
        'signed certificate',
        'self_signed_cert',
        'unable_to_verify',
        'unable_to_get',
        'altname_invalid',
      ],
      weight: 0.9,
    },
    {
      pattern: exact`(?<detail>PKIX path (?:building|validation) failed|SSLHandshakeException|SSLPeerUnverifiedException|CertPathValidatorException|AuthenticationException: The remote certificate)[^\n]{0,200}`,
      anchors: ['pkix path', 'sslhandshake', 'sslpeerunverified', 'certpathvalidator', 'the remote certificate'],
      weight: 0.9,
      languages: ['java', 'dotnet'],
    },
    { pattern: loose`\bremote error: tls: (?<detail>[^\n"]{1,120})`, anchors: ['remote error: tls'], weight: 0.9, languages: ['go'] },
    {
      pattern: loose`\btls: (?<detail>(?:first record does not look like|failed to verify|private key does not match|failed to find any PEM|no certificates configured|bad certificate|oversized record|protocol version)[^\n"]{0,120})`,
      anchors: [' tls: ', '"tls: ', 'tls: f', 'tls: p', 'tls: n', 'tls: b', 'tls: o'],
      weight: 0.9,
      languages: ['go'],
    },
    {
      pattern: loose`(?<detail>\b(?:ssl|tls)(?:v\d(?:\.\d)?)? (?:alert )?handshake (?:failure|failed|error)\b(?! from)[^\n]{0,80}|\bhandshake failure\b|\bwrong version number\b|\bSSL_ERROR_\w{3,40}|\bcertificate subject name[^\n]{0,80}does not match)`,
      anchors: ['handshake', 'wrong version number', 'ssl_error_', 'certificate subject'],
      weight: 0.8,
    },
    {
      pattern: loose`http: server gave http response to https client|client sent an http request to an https server`,
      anchors: ['server gave http', 'client sent an http'],
      weight: 0.85,
    },
  ]),
];

/** Permissions in the cluster, credentials of dependencies, certificates. */
export const accessSignatures: Signature[] = [...rbac, ...auth, ...tls];
