import { ENDPOINT, GO_URL, HOST, loose, rowsOf, type Signature } from '../signature.ts';

const refused: Signature[] = rowsOf('connection-refused', 'network', [
  { pattern: loose`ECONNREFUSED[\s,]{1,2}${ENDPOINT}`, anchors: ['econnrefused'], weight: 0.84, languages: ['javascript'] },
  {
    pattern: loose`${GO_URL}dial (?:tcp|udp)[46]? ${ENDPOINT}: (?:connect: connection refused|connection refused|connectex: [^\n]{0,80}refused)`,
    anchors: ['dial tcp', 'dial udp'],
    weight: 0.85,
    languages: ['go'],
  },
  {
    pattern: loose`can't connect to remote host \(?(?<host>[0-9a-fA-F.:]{2,45})\)?: connection refused`,
    anchors: ["can't connect"],
    weight: 0.82,
  },
  {
    pattern: loose`failed to connect to ${HOST} port (?<port>\d{1,5})(?: after \d{1,4} ms)?: (?:connection refused|couldn't connect|could not connect)`,
    anchors: ['failed to connect to'],
    weight: 0.84,
  },
  {
    pattern: loose`connection to server at "${HOST}"(?: \([^)\n]{1,60}\))?, port (?<port>\d{1,5}) failed: connection refused`,
    anchors: ['connection to server at'],
    weight: 0.86,
  },
  {
    pattern: loose`is the server running (?:locally|on (?:that )?host "?${HOST}"?(?: \([^)\n]{1,60}\))?) and accepting\s{1,4}tcp/ip connections on port (?<port>\d{1,5})`,
    anchors: ['is the server running'],
    weight: 0.8,
  },
  { pattern: loose`connection to ${ENDPOINT} refused`, anchors: ['connection to'], weight: 0.84, languages: ['java'] },
  {
    pattern: loose`connection refused(?: \(connection refused\))?: (?:no further information: )?(?:(?<host>[\w.-]{1,253})?/)?(?<address>[\d.]{7,15}|\[[0-9a-fA-F:]{2,45}\]):(?<port>\d{1,5})`,
    anchors: ['connection refused'],
    weight: 0.85,
    languages: ['java'],
  },
  {
    pattern: loose`connect to ${ENDPOINT}[^\n]{0,160}failed: connection refused`,
    anchors: ['connect to'],
    weight: 0.84,
    languages: ['java', 'c'],
  },
  { pattern: loose`error (?:111|61) connecting to ${ENDPOINT}\.`, anchors: ['connecting to'], weight: 0.86, languages: ['python'] },
  {
    pattern: loose`can't connect to (?:mysql|mariadb|local mysql|server) ?server on '(?<host>[^':\s]{1,253})(?::(?<port>\d{1,5}))?'[^\n]{0,40}(?:\(111\b|errno 111|connection refused)`,
    anchors: ["can't connect to"],
    weight: 0.86,
  },
  {
    pattern: loose`connect\(\) failed \(111: connection refused\) while connecting to upstream,[^\n]{0,600}upstream: "(?:[a-z]{2,10}://)?${ENDPOINT}`,
    anchors: ['connect() failed'],
    weight: 0.87,
  },
  {
    pattern: loose`connectionpool\(host='(?<host>[^']{1,253})', port=(?<port>\d{1,5})\)[^\n]{0,500}connection refused`,
    anchors: ['connectionpool('],
    weight: 0.85,
    languages: ['python'],
  },
  {
    pattern: loose`connect call failed \('(?<host>[^']{1,253})', (?<port>\d{1,5})`,
    anchors: ['connect call failed'],
    weight: 0.84,
    languages: ['python'],
  },
  { pattern: loose`connection refused \(${ENDPOINT}\)`, anchors: ['connection refused'], weight: 0.85, languages: ['dotnet'] },
  {
    pattern: loose`connect\(2\) for "?${HOST}"?(?: port |:)(?<port>\d{1,5})`,
    anchors: ['connect(2) for'],
    weight: 0.82,
    languages: ['ruby'],
  },
  {
    pattern: loose`connect(?:ing)? to (?:host )?(?<host>[\w.-]{1,253})(?: \([^)\n]{1,60}\))?,? port (?<port>\d{1,5})(?: \(tcp\)| \[tcp[^\]\n]{0,20}\])?(?: failed)?: connection refused`,
    anchors: ['connect to', 'connecting to'],
    weight: 0.84,
  },
  {
    pattern: loose`connecting to [^\n]{0,120}\|(?<host>[\d.]{7,15})\|:(?<port>\d{1,5})\.\.\. failed: connection refused`,
    anchors: ['connecting to'],
    weight: 0.84,
  },
  {
    pattern: loose`connection to node -?\d{1,10} \((?<host>[\w.-]{1,253})(?:/[^:)\n]{0,45})?:(?<port>\d{1,5})\) could not be established`,
    anchors: ['could not be established'],
    weight: 0.8,
    languages: ['java'],
  },
  { pattern: loose`delayed connect error: 111\b`, anchors: ['delayed connect'], weight: 0.75 },
  {
    pattern: loose`connection refused[^\n]{0,40}?(?:-> ?|\bto |\bfor |\bat )(?:[a-z]{2,10}://)?${ENDPOINT}`,
    anchors: ['connection refused'],
    weight: 0.78,
  },
  {
    pattern: loose`(?<![\w./:-])(?:[a-z]{2,10}://)?(?:[^\s/@"]{1,80}@)?(?<host>[A-Za-z_][A-Za-z0-9_.-]{0,252}|\d{1,3}(?:\.\d{1,3}){3}):(?<port>\d{2,5})(?!\d)[^\n]{0,120}?connection refused`,
    anchors: ['connection refused'],
    weight: 0.76,
  },
  {
    pattern: loose`\bconnection refused|\beconnrefused\b|\bconnectionrefusederror\b|actively refused it`,
    anchors: ['connection refused', 'econnrefused', 'connectionrefused', 'actively refused'],
    weight: 0.7,
  },
]);

const timeouts: Signature[] = rowsOf('connection-timeout', 'network', [
  {
    pattern: loose`time(?:d )?out[^\n]{0,20} after (?:waiting )?\d{1,6}[^\n]{0,20} for ${ENDPOINT}`,
    anchors: ['timeout', 'timed out'],
    weight: 0.82,
    languages: ['shell'],
  },
  {
    pattern: loose`${GO_URL}dial (?:tcp|udp)[46]? ${ENDPOINT}: (?:connect: )?(?:i/o timeout|(?:connection|operation) timed out|context deadline exceeded)`,
    anchors: ['dial tcp', 'dial udp'],
    weight: 0.84,
    languages: ['go'],
  },
  {
    pattern: loose`"[a-z]{2,10}://${HOST}(?::(?<port>\d{1,5}))?[/"][^\n]{0,400}(?:tls handshake timeout|context deadline exceeded|client\.timeout exceeded|i/o timeout)`,
    anchors: ['handshake timeout', 'deadline exceeded', 'timeout exceeded', 'i/o timeout'],
    weight: 0.8,
    languages: ['go'],
  },
  { pattern: loose`\bE(?:SOCKET)?TIMEDOUT[\s,]{1,2}${ENDPOINT}`, anchors: ['timedout'], weight: 0.84, languages: ['javascript'] },
  {
    pattern: loose`failed to connect to ${HOST} port (?<port>\d{1,5})(?: after \d{1,9} ms)?: (?:(?:connection|operation) timed out|timeout was reached)`,
    anchors: ['failed to connect to'],
    weight: 0.84,
  },
  {
    pattern: loose`failed to connect to ${HOST} port (?<port>\d{1,5}) after \d{5,9} ms: could(?:n't| not) connect`,
    anchors: ['failed to connect to'],
    weight: 0.83,
  },
  {
    pattern: loose`connection to server at "${HOST}"(?: \([^)\n]{1,60}\))?, port (?<port>\d{1,5}) failed: (?:connection timed out|timeout expired)`,
    anchors: ['connection to server at'],
    weight: 0.86,
  },
  {
    pattern: loose`can't connect to remote host \(?(?<host>[0-9a-fA-F.:]{2,45})\)?: (?:connection|operation) timed out`,
    anchors: ["can't connect"],
    weight: 0.82,
  },
  {
    pattern: loose`\bconnect(?:ion)?(?: attempt)? time(?:d )?out[^\n]{0,60}?(?:(?<host>[A-Za-z_][\w.-]{0,252})?/)?(?<address>\d{1,3}(?:\.\d{1,3}){3}):(?<port>\d{1,5})`,
    anchors: ['timed out', 'timeout'],
    weight: 0.82,
    languages: ['java'],
  },
  {
    pattern: loose`\bconnect(?:ion)?(?: attempt)? time(?:d )?out[^\n]{0,60}?(?:[: (]|://)(?<host>[A-Za-z_][\w.-]{0,252}):(?<port>\d{2,5})(?!\d)`,
    anchors: ['timed out', 'timeout'],
    weight: 0.8,
  },
  {
    pattern: loose`(?:connect(?:ion|ing)?|unreachable|reaching|waiting)(?: to| for)?[^\n]{0,60}?[: (/'"]${ENDPOINT}[^\n]{0,160}(?:timed out|timeout(?! ?[:=]))`,
    anchors: ['timed out', 'timeout'],
    weight: 0.8,
  },
  {
    pattern: loose`connectionpool\(host='(?<host>[^']{1,253})', port=(?<port>\d{1,5})\)[^\n]{0,500}(?:timed out|timeout)`,
    anchors: ['connectionpool('],
    weight: 0.83,
    languages: ['python'],
  },
  {
    pattern: loose`upstream timed out \(110: [^)\n]{1,60}\) while[^\n]{0,600}upstream: "(?:[a-z]{2,10}://)?${ENDPOINT}`,
    anchors: ['upstream timed out'],
    weight: 0.86,
  },
  {
    pattern: loose`can't connect to (?:mysql|mariadb) server on '(?<host>[^':\s]{1,253})(?::(?<port>\d{1,5}))?'[^\n]{0,40}(?:\(110\b|timed out)`,
    anchors: ["can't connect to"],
    weight: 0.85,
  },
  {
    pattern: loose`(?<![\w./-])(?<host>[A-Za-z_][\w.-]{0,252}|\d{1,3}(?:\.\d{1,3}){3}):(?<port>\d{2,5}): (?:\[errno 110\] )?(?:connection )?timed out`,
    anchors: ['timed out'],
    weight: 0.82,
  },
  {
    pattern: loose`\betimedout\b|\besockettimedout\b|\b(?:connect|connection|read|socket|network|operation|upstream|handshake) timed out|\bdownload timed out|i/o timeout|\bdid not properly respond after a period`,
    anchors: ['timedout', 'timed out', 'i/o timeout', 'did not properly'],
    weight: 0.62,
  },
  {
    pattern: loose`\b(?:socket|connect|connection|read|request|http)timeout(?:exception|error)\b|\btimeouterror\b|\bserverselectiontimeout|\bcontext deadline exceeded|\bcode = deadlineexceeded|\bdeadline_exceeded\b`,
    anchors: ['timeoutexception', 'timeouterror', 'serverselectiontimeout', 'deadline exceeded', 'deadlineexceeded', 'deadline_exceeded'],
    weight: 0.55,
  },
]);

const broken: Signature[] = [
  ...rowsOf('connection-reset', 'network', [
    {
      pattern: loose`(?:read|write) (?:tcp|udp)[46]? [^\s>]{1,80}->${ENDPOINT}: (?:read|write): (?:connection reset by peer|broken pipe)`,
      anchors: ['connection reset', 'broken pipe'],
      weight: 0.82,
      languages: ['go'],
    },
    {
      pattern: loose`recv\(\) failed \(104: connection reset by peer\)[^\n]{0,600}upstream: "(?:[a-z]{2,10}://)?${ENDPOINT}`,
      anchors: ['connection reset'],
      weight: 0.82,
    },
    {
      pattern: loose`\beconnreset\b|\bconnection reset\b|\bsocket hang up\b|\bsocket disconnected before secure|\bserver closed the connection unexpectedly|\bremote end closed connection|\bconnection lost: the server closed|\bbroken pipe\b|\bepipe: |\blost connection to mysql server|server has gone away`,
      anchors: [
        'econnreset',
        'connection reset',
        'socket hang up',
        'socket disconnected',
        'server closed the',
        'remote end closed',
        'broken pipe',
        'epipe: ',
        'lost connection to',
        'gone away',
      ],
      weight: 0.6,
    },
  ]),
  ...rowsOf('no-route', 'network', [
    {
      pattern: loose`${GO_URL}dial (?:tcp|udp)[46]? ${ENDPOINT}: (?:connect: )?(?:no route to host|network is unreachable|host is unreachable)`,
      anchors: ['dial tcp', 'dial udp'],
      weight: 0.85,
      languages: ['go'],
    },
    {
      pattern: loose`E(?:HOST|NET)UNREACH[\s,]{1,2}${ENDPOINT}`,
      anchors: ['hostunreach', 'netunreach'],
      weight: 0.84,
      languages: ['javascript'],
    },
    {
      pattern: loose`(?:failed to connect to|connect to host) ${HOST} port (?<port>\d{1,5})[^\n]{0,30}: (?:no route to host|network is unreachable|host is unreachable)`,
      anchors: ['no route to host', 'is unreachable'],
      weight: 0.84,
    },
    {
      pattern: loose`\bno route to host\b|\bnetwork is unreachable\b|\bhost is unreachable\b|\behostunreach\b|\benetunreach\b`,
      anchors: ['no route to host', 'network is unreachable', 'host is unreachable', 'hostunreach', 'netunreach'],
      weight: 0.68,
    },
  ]),
  ...rowsOf('upstream-unavailable', 'network', [
    {
      pattern: loose`\bno healthy upstream\b|\bupstream connect error or disconnect|\bno live upstreams while connecting|\bbackend \S{1,80} has no server available`,
      anchors: ['no healthy upstream', 'upstream connect error', 'no live upstreams', 'has no server available'],
      weight: 0.66,
    },
  ]),
  ...rowsOf('mesh-denied', 'network', [{ pattern: loose`\bRBAC: access denied\b`, anchors: ['rbac: access'], weight: 0.85 }]),
];

/** Connections refused, timed out, reset or unroutable. */
export const networkSignatures: Signature[] = [...refused, ...timeouts, ...broken];
