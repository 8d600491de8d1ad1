import { loose, rowsOf, type Signature } from '../signature.ts';

/** Names that do not resolve. */
export const dnsSignatures: Signature[] = rowsOf('dns-failure', 'dns', [
  {
    pattern: loose`lookup (?<host>[\w.-]{1,253})(?: on (?<server>[\w.:\[\]]{2,60}))?: (?:no such host|server misbehaving|no answer from dns server|i/o timeout|read udp|dial udp|temporary failure|device or resource busy|try again|no dns servers)`,
    anchors: ['lookup '],
    weight: 0.9,
    languages: ['go'],
  },
  {
    pattern: loose`(?:ENOTFOUND|EAI_AGAIN|EAI_NONAME|queryA\w{0,3} \w{3,12}) (?<host>[\w.-]{1,253})`,
    anchors: ['enotfound', 'eai_again', 'eai_noname', 'querya'],
    weight: 0.9,
    languages: ['javascript'],
  },
  { pattern: loose`could not resolve host(?:name)?:? ["']?(?<host>[\w.-]{1,253})`, anchors: ['could not resolve host'], weight: 0.9 },
  {
    pattern: loose`(?:bad address|unable to resolve host(?: address)?|can't resolve|cannot resolve host|failed to resolve(?: host)?) ['"‘“]?(?<host>[\w.-]{1,253})`,
    anchors: ['bad address', 'to resolve', "can't resolve", 'cannot resolve'],
    weight: 0.87,
  },
  {
    pattern: loose`(?:could not translate host name|unknown (?:mysql |mariadb )?server host|cannot resolve|name resolution failed for|failed to lookup address for|nslookup: can't resolve) ["'](?<host>[\w.-]{1,253})["']`,
    anchors: ['translate host name', 'server host', 'cannot resolve', 'name resolution', 'lookup address', "can't resolve"],
    weight: 0.9,
  },
  {
    pattern: loose`unknownhostexception: (?:failed to resolve '?)?(?<host>[\w.-]{1,253})`,
    anchors: ['unknownhostexception'],
    weight: 0.9,
    languages: ['java'],
  },
  {
    pattern: loose`error -?\d{1,5} connecting to (?<host>[\w.-]{1,253}):(?<port>\d{1,5})\. (?:name or service not known|temporary failure in name|no address associated|name does not resolve)`,
    anchors: ['connecting to'],
    weight: 0.92,
    languages: ['python'],
  },
  {
    pattern: loose`connectionpool\(host='(?<host>[^']{1,253})', port=(?<port>\d{1,5})\)[^\n]{0,500}(?:nameresolutionerror|name or service not known|temporary failure in name|name does not resolve|getaddrinfo failed)`,
    anchors: ['connectionpool('],
    weight: 0.92,
    languages: ['python'],
  },
  {
    pattern: loose`(?:NXDOMAIN|SERVFAIL)[^\w\n]{1,4}(?:looking up |for )?(?<host>[\w.-]{1,253}\.[\w.-]{1,100})`,
    anchors: ['nxdomain', 'servfail'],
    weight: 0.82,
  },
  { pattern: loose`can't find (?<host>[\w.-]{1,253}): (?:NXDOMAIN|SERVFAIL|no answer)`, anchors: ["can't find "], weight: 0.88 },
  {
    pattern: loose`host not found in (?:upstream|resolver) "(?<host>[\w.-]{1,253})(?::(?<port>\d{1,5}))?"`,
    anchors: ['host not found'],
    weight: 0.92,
  },
  { pattern: loose`(?<host>[A-Za-z_][\w.-]{0,252}) could not be resolved \(\d{1,2}: `, anchors: ['could not be resolved'], weight: 0.88 },
  {
    pattern: loose`(?<![\w.-])(?<host>[A-Za-z_][\w-]{0,62}(?:\.[\w-]{1,62}){0,8})(?::(?<port>\d{2,5}))?['"]?: (?:\[errno -?\d{1,5}\] )?(?:name or service not known|temporary failure in name resolution|name does not resolve|nodename nor servname provided)`,
    anchors: ['name or service', 'temporary failure', 'name does not', 'nor servname'],
    weight: 0.84,
  },
  {
    pattern: loose`name or service not known \((?<host>[\w.-]{1,253})(?::(?<port>\d{1,5}))?\)`,
    anchors: ['name or service'],
    weight: 0.88,
    languages: ['dotnet'],
  },
  {
    pattern: loose`\bname or service not known|\btemporary failure in name resolution|\bname does not resolve|\bno such host is known|\bnodename nor servname|\bgetaddrinfo(?: failed|: | e[a-z_]{3,10}\b|error)|\bno address associated with hostname|\bfailed to lookup address information|\bcould not resolve host|\bnameresolutionerror\b|\bname resolver error: produced zero addresses`,
    anchors: [
      'name or service',
      'temporary failure',
      'name does not',
      'no such host',
      'nor servname',
      'getaddrinfo',
      'no address assoc',
      'lookup address',
      'could not resolve host',
      'nameresolutionerror',
      'name resolver error',
    ],
    weight: 0.8,
  },
]);
