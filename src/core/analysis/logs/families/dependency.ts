import { ENDPOINT, exact, GO_URL, HOST, loose, rowsOf, type Signature, statusAnchors } from '../signature.ts';

const dependency: Signature[] = [
  ...rowsOf('read-only-dependency', 'dependency', [
    { pattern: loose`READONLY you can't write against a read[ -]only (?:replica|slave)`, anchors: ['readonly you'], weight: 0.96 },
    { pattern: loose`cannot execute (?<statement>[A-Z ]{3,40}) in a read-only transaction`, anchors: ['cannot execute'], weight: 0.96 },
    {
      pattern: loose`running with the --(?<option>(?:super-|transaction-|innodb-)?read-only) option so it cannot execute`,
      anchors: ['read-only option'],
      weight: 0.96,
    },
    {
      pattern: loose`\b(?:NotWritablePrimary|not (?:the )?(?:primary|master)(?: and (?:slaveOk|secondaryOk)=false)?|cluster_block_exception[^\n]{0,120}read-only|FORBIDDEN/12/index read-only|database is (?:in )?read[ -]only(?: mode)?|attempt to write a readonly database)\b`,
      anchors: [
        'notwritableprimary',
        'not primary',
        'not master',
        'not the primary',
        'not the master',
        'cluster_block',
        'index read-only',
        'database is ',
        'readonly database',
      ],
      weight: 0.85,
    },
  ]),
  ...rowsOf('pool-exhausted', 'dependency', [
    {
      pattern: loose`\btoo many (?:connections|clients already|open connections)\b|\bER_CON_COUNT_ERROR\b|\btoo many connections for role "(?<role>[^"\n]{1,120})"`,
      anchors: ['too many conn', 'too many clients', 'too many open conn', 'er_con_count'],
      weight: 0.92,
    },
    { pattern: loose`remaining connection slots are reserved`, anchors: ['remaining connection'], weight: 0.95 },
    {
      pattern: loose`\bmax number of clients reached\b|\bmaximum (?:number of )?(?:connections|clients)(?: has been)? (?:reached|exceeded)\b`,
      anchors: ['number of clients', 'maximum '],
      weight: 0.9,
    },
    {
      pattern: loose`\bQueuePool limit of size \d{1,6} overflow|\bconnection is not available, request timed out|\btimeout (?:acquiring|waiting for|exceeded when trying to get) (?:a |an )?(?:connection|idle object)|\btimed? ?out (?:fetching|acquiring|getting|waiting for) (?:a )?(?:new )?connection from (?:the )?(?:connection )?pool|\b(?:connection )?pool (?:is )?(?:exhausted|timed out|timeout|full)\b|\bPoolTimeout\b|\bPool(?:Acquire|Closed|Exhausted)\w{0,20}(?:Error|Exception)\b|\bRESOURCE_EXHAUSTED: (?:connection|pool)|\bKnexTimeoutError\b|\btimeout expired\. {1,4}the timeout period elapsed prior to obtaining a connection|\bcould not (?:obtain|get|acquire) (?:a )?connection from the (?:data source|pool)|\bno more connections allowed`,
      anchors: [
        'queuepool',
        'connection is not',
        'timeout acquiring',
        'timeout waiting',
        'timeout exceeded',
        'connection from',
        'pool exhausted',
        'pool is ',
        'pool timed',
        'pool timeout',
        'pool full',
        'pooltimeout',
        'poolacquire',
        'poolclosed',
        'poolexhausted',
        'resource_exhausted',
        'knextimeout',
        'timeout period',
        'no more connections',
      ],
      weight: 0.92,
    },
  ]),
  ...rowsOf('rate-limited', 'dependency', [
    {
      pattern: loose`\btoo many requests\b|\btoomanyrequests\b|\brate[ _-]?limit(?:ed)?[ _-](?:exceeded|reached|hit|error)|\brate[ _]?limit(?:ed|ing)? (?:by|exceeded)|\bexceeded (?:your |the )?(?:current )?(?:api |request )?(?:rate limit|quota)|\bRateLimitError\b|\bThrottlingException\b|\bRequestLimitExceeded\b|\bThrottled: `,
      anchors: [
        'too many requests',
        'toomanyrequests',
        'rate limit',
        'rate_limit',
        'rate-limit',
        'ratelimit',
        'exceeded',
        'throttlingexception',
        'throttled: ',
      ],
      weight: 0.88,
    },
    {
      pattern: loose`\b(?:status(?:[ _]?code)?|http(?: status)?|error|response|returned)(?:: |=| )(?:code )?429\b`,
      anchors: statusAnchors(429),
      weight: 0.85,
    },
  ]),
  ...rowsOf('primary-unreachable', 'dependency', [
    {
      pattern: loose`unable to connect to (?:MASTER|PRIMARY)(?: ?\(?${ENDPOINT}\)?)?: (?<detail>[^\n]{1,120})`,
      anchors: ['unable to connect to'],
      weight: 0.8,
    },
    { pattern: loose`error condition on socket for SYNC: (?<detail>[^\n]{1,120})`, anchors: ['socket for sync'], weight: 0.82 },
    { pattern: loose`could not connect to the primary server: (?<detail>[^\n]{1,200})`, anchors: ['the primary server'], weight: 0.82 },
  ]),
  ...rowsOf('primary-connecting', 'dependency', [
    { pattern: loose`connecting to (?:MASTER|PRIMARY) ${ENDPOINT}`, anchors: ['connecting to'], weight: 0.6, level: 'info' },
  ]),
  ...rowsOf('dependency-loading', 'dependency', [
    {
      pattern: loose`\bLOADING redis is loading the dataset|\bthe database system is (?:starting up|shutting down|in recovery mode|not yet accepting connections)|\bMASTERDOWN link with MASTER is down`,
      anchors: ['loading redis', 'the database system', 'masterdown '],
      weight: 0.85,
    },
  ]),
  ...rowsOf('dependency-unreachable', 'dependency', [
    {
      pattern: loose`\bconnection to (?<dependency>[\w-]{1,40}) (?:cannot|could not|can't) be established\b|\bconnect failed \(connect timeout expired\)|\b(?:could not|unable to|cannot|failed to) (?:establish|open|obtain) (?:a |the )?(?:jdbc |database |db |sql )?connection\b`,
      anchors: ['be established', 'connect timeout', 'establish', ' open ', 'obtain'],
      weight: 0.6,
    },
    {
      pattern: loose`\bcommunications link failure\b|\bNoBrokersAvailable\b|\bno brokers available\b`,
      anchors: ['communications link', 'nobrokersavailable', 'no brokers available'],
      weight: 0.6,
      languages: ['java', 'python'],
    },
    {
      pattern: loose`(?:unable|failed|could not|couldn't|cannot|can't|error)(?: to)?[ :](?:connect(?:ing)?|reach|contact)(?: to)?(?: the)?(?: (?<dependency>[A-Za-z][\w-]{0,60}(?: (?:database|server|broker|cache|cluster))?)(?: at| on)?)?:? \(?(?:[a-z]{2,10}://)?(?<host>[A-Za-z_][\w.-]{0,252}|\d{1,3}(?:\.\d{1,3}){3}):(?<port>\d{2,5})(?!\d)`,
      anchors: ['connect', 'reach', 'contact'],
      weight: 0.6,
    },
    {
      pattern: loose`(?:unable|failed|could not|couldn't|cannot|can't)(?: to)? (?:connect|reach)(?: to)? (?:the )?(?<dependency>(?:[\w-]{1,30} )?(?:database|db|redis|postgres(?:ql)?|mysql|mariadb|mongo(?:db)?|kafka|rabbitmq|broker|cache|backend|upstream|elasticsearch))\b`,
      anchors: ['connect', 'reach'],
      weight: 0.5,
    },
    {
      pattern: loose`\b(?<dependency>database|db|redis|postgres(?:ql)?|mysql|mongo(?:db)?|kafka|rabbitmq|broker|cache|backend|upstream|[\w-]{2,40} store) (?:is )?(?:unreachable|unavailable|not reachable|not available)\b`,
      anchors: ['unreachable', 'unavailable', 'not reachable', 'not available'],
      weight: 0.5,
    },
  ]),
];

const migration: Signature[] = [
  ...rowsOf('migration-failed', 'migration', [
    { pattern: loose`\bdirty database version (?<version>\d{1,20})`, anchors: ['dirty database'], weight: 0.96, languages: ['go'] },
    {
      pattern: loose`\bmigrat(?:ion|ions|e|ing)\b(?! (?:to|complete|succe|finish|appl|start|up to))[^\n]{0,120}?(?:\b(?:failed|failure|aborted|errored|rolled back)\b|\berror:)(?:[^\n]{0,6}?: ?(?<detail>[^\n]{1,200}))?`,
      anchors: ['migrat'],
      weight: 0.86,
    },
    {
      pattern: loose`\b(?:failed|unable|could not|cannot|error)(?: to)?:? (?:run|apply|execut|perform|complet)\w{0,4} (?:the )?(?:pending |database |schema |db ){0,3}migrations?(?:[^\n]{0,60}?: ?(?<detail>[^\n]{1,200}))?`,
      anchors: ['migration'],
      weight: 0.86,
    },
    {
      pattern: loose`\b(?:FlywayException|FlywayValidateException|FlywaySqlException|LiquibaseException|MigrationFailedException|ActiveRecord::(?:PendingMigrationError|ConcurrentMigrationError)|alembic\.util\.exc\.CommandError|DbMigrationException|MigrationError|migrationsTableLock|MigrationLocked)\b(?:: (?<detail>[^\n]{1,200}))?`,
      anchors: ['flyway', 'liquibaseexception', 'migration', 'alembic.util'],
      weight: 0.93,
    },
    {
      pattern: loose`\b(?:validate failed: migrations have failed|detected (?:failed migration|resolved migration not applied)|migration checksum mismatch|can't locate revision identified by '(?<revision>[\w-]{1,80})'|multiple head revisions are present|target database is not up to date|waiting for changelog lock|could not acquire change log lock|inconsistentmigrationhistory|goose run: |P30(?:09|18)\b|can't acquire (?:database )?lock)`,
      anchors: [
        'validate failed',
        'detected ',
        'checksum mismatch',
        'locate revision',
        'head revisions',
        'target database',
        'changelog lock',
        'change log lock',
        'inconsistentmigration',
        'goose run',
        'p3009',
        'p3018',
        "can't acquire",
      ],
      weight: 0.9,
    },
  ]),
  ...rowsOf('missing-table', 'migration', [
    { pattern: loose`relation "(?<table>[^"\n]{1,120})" does not exist`, anchors: ['does not exist'], weight: 0.88 },
    { pattern: loose`table '(?<table>[^'\n]{1,120})' doesn't exist`, anchors: ["doesn't exist"], weight: 0.88 },
    { pattern: loose`no such table: (?<table>[\w."]{1,120})`, anchors: ['no such table'], weight: 0.88 },
    { pattern: loose`invalid object name '(?<table>[^'\n]{1,120})'`, anchors: ['invalid object name'], weight: 0.86 },
    {
      pattern: loose`column "?(?<column>[\w.]{1,120})"?(?: of relation "(?<table>[^"\n]{1,120})")? does not exist|unknown column '[^'\n]{1,120}' in`,
      anchors: ['does not exist', 'unknown column'],
      weight: 0.8,
    },
    {
      pattern: loose`(?:database|schema) "(?<database>[^"\n]{1,120})" does not exist|unknown database '[^'\n]{1,120}'`,
      anchors: ['does not exist', 'unknown database'],
      weight: 0.85,
    },
    {
      pattern: exact`\bUNKNOWN_TOPIC_OR_PARTITION\b|ORA-00942\b|\bNOT_FOUND - no (?:queue|exchange) '(?<table>[^'\n]{1,120})'`,
      anchors: ['unknown_topic', 'ora-00942', 'not_found - no'],
      weight: 0.82,
    },
  ]),
];

// The first address of a Service range, or the well-known name: what in-cluster clients call the API server.
const API_HOST = String.raw`(?<host>10\.\d{1,3}\.\d{1,3}\.1|172\.(?:1[6-9]|2\d|3[01])\.\d{1,3}\.1|\[[0-9a-f:]{2,40}:1\]|kubernetes(?:\.default(?:\.svc[\w.-]{0,100})?)?):(?<port>443|6443)`;
const FAILED =
  '(?:connection refused|i/o timeout|no route to host|network is unreachable|connection reset|connection timed out|context deadline exceeded|eof|handshake timeout|no such host)';

const control: Signature[] = [
  ...rowsOf('apiserver-unreachable', 'control-plane', [
    { pattern: loose`dial tcp(?:: lookup)? ${API_HOST}[^\n]{0,120}${FAILED}`, anchors: ['dial tcp'], weight: 0.94, languages: ['go'] },
    { pattern: loose`https://${API_HOST}/[^\n]{0,500}${FAILED}`, anchors: ['https://'], weight: 0.94 },
    {
      pattern: loose`${GO_URL}dial tcp ${HOST}:(?<port>6443): [^\n]{0,60}${FAILED}`,
      anchors: ['dial tcp'],
      weight: 0.94,
      languages: ['go'],
    },
    { pattern: loose`the connection to the server ${ENDPOINT} was refused`, anchors: ['the connection to the'], weight: 0.95 },
    {
      pattern: loose`https?://${HOST}(?::(?<port>\d{1,5}))?/(?:api/v1|apis/[\w.-]{1,100}/v\d\w{0,10})[/?"][^\n]{0,500}${FAILED}`,
      anchors: ['/api/v1', '/apis/'],
      weight: 0.92,
    },
    {
      pattern: loose`\bunable to connect to the server: |\b(?:failed|unable) to (?:connect to|reach|contact) (?:the )?(?:kube(?:rnetes)?[ -])?api[ -]?server\b|\bapiserver not ready\b`,
      anchors: ['unable to connect to', 'apiserver', 'api server', 'api-server'],
      weight: 0.85,
    },
  ]),
  ...rowsOf('object-missing', 'control-plane', [
    {
      pattern: loose`\b(?<resource>[a-z]{3,40}s(?:\.[a-z0-9][\w.-]{1,120})?) "(?<name>[a-z0-9][a-z0-9.-]{0,252})" not found`,
      anchors: ['" not found'],
      weight: 0.72,
    },
  ]),
  ...rowsOf('leader-election-lost', 'control-plane', [
    {
      pattern: loose`\b(?:leader ?election lost|lost leader ?election|leaderelection lost|leader election lost|stopped leading|no longer (?:the )?leader|lost (?:master|leader)(?:ship| lease))\b`,
      anchors: ['election lost', 'leaderelection', 'lost leader', 'stopped leading', 'no longer', 'lost master'],
      weight: 0.88,
    },
    { pattern: loose`failed to renew (?:lease|lock) (?<lease>[\w./-]{1,200})`, anchors: ['failed to renew'], weight: 0.86 },
  ]),
  ...rowsOf('etcd-unhealthy', 'control-plane', [
    {
      pattern: loose`\betcdserver: (?<detail>request timed out[^\n"]{0,80}|no leader|leader changed|mvcc: database space exceeded|too many requests|unhealthy cluster|not capable|server stopped|member not found|re-configuration failed[^\n"]{0,80})`,
      anchors: ['etcdserver: '],
      weight: 0.95,
      languages: ['go'],
    },
    {
      pattern: loose`(?<detail>member (?:[0-9a-f]{6,20}|"[^"\n]{1,200}")[^\n]{0,60}(?:not found in member list|has already been bootstrapped|has been permanently removed)|could not find member|mvcc: database space exceeded|failed to reach the peer|(?:lost|no) leader[^\n]{0,30}at term|rafthttp: [^\n]{0,60}(?:unreachable|failed)|is starting a new election at term|the clock difference against peer|apply request took too long|cluster ID mismatch|walpb: crc mismatch)`,
      anchors: [
        'member list',
        'already been boot',
        'been permanently',
        'could not find member',
        'database space',
        'failed to reach the',
        ' leader',
        'rafthttp: ',
        'a new election',
        'clock difference',
        'apply request',
        'cluster id mismatch',
        'walpb: ',
      ],
      weight: 0.75,
      languages: ['go'],
    },
  ]),
];

/** Dependencies that answer with a refusal of their own, schema migrations, and the control plane. */
export const dependencySignatures: Signature[] = [
  ...dependency,
  ...migration,
  ...control,
  ...rowsOf('rejected-record', 'dependency', [
    {
      pattern: exact`\bOOM command not allowed when used memory|\bMISCONF Redis is configured to save`,
      anchors: ['oom command', 'misconf redis'],
      weight: 0.9,
    },
  ]),
];
