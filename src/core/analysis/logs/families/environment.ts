import { ENV_NAME, exact, loose, rowsOf, type Signature } from '../signature.ts';

const ABSENT =
  '(?:not (?:set|defined|provided|present|specified|found|configured|exported|available)|unset|undefined|missing|required|mandatory|empty|blank|null|expected)';
const QUOTE = String.raw`[\x60'"$({<\[]{0,4}`;
const END = String.raw`[\x60'")}>\]]{0,4}`;
// Words that stand before "is not set" in capitals without being variables.
const NOT_A_VARIABLE = String.raw`(?!(?:ERROR|WARN|WARNING|INFO|FATAL|TRACE|NOTICE|CRITICAL|TLS|SSL|HTTPS?|JSON|XML|YAML|URL|URI|ID|API|DNS|TCP|UDP|SQL|CSRF|JWT|CPU|GPU|TTL|UID|GID|IP)\b)`;

const missing: Signature[] = rowsOf('env-missing', 'environment', [
  {
    pattern: exact`^KeyError: '${ENV_NAME}'`,
    anchors: ['keyerror: '],
    weight: 0.62,
    context: { pattern: /os\.environ|getenv/, weight: 0.93 },
    languages: ['python'],
  },
  {
    pattern: exact`^KeyError: '(?<name>\w{1,80})'`,
    anchors: ['keyerror: '],
    weight: 0,
    context: { pattern: /os\.environ/, weight: 0.92 },
    languages: ['python'],
  },
  {
    pattern: exact`[Ee]nv(?:ironment)?(?:[ _-]?[Vv]ar(?:iable)?s?)?:? ${QUOTE}${ENV_NAME}${END}:? (?:[a-z]{2,6} ){0,3}?${ABSENT}\b`,
    anchors: ['environment', 'env var', 'env_var', 'env-var', 'envvar'],
    weight: 0.92,
  },
  {
    pattern: exact`(?:[Mm]issing|[Rr]equired|[Uu]ndefined|[Uu]nset|[Ee]xpected|[Nn]o such|[Ee]mpty|[Cc]ould not (?:find|read|fetch|load)|[Cc]annot (?:find|read))(?: the| a| an| required| mandatory| following| or empty| or invalid){0,3} (?:[Ee]nv(?:ironment)?|ENV)(?:[ _-]?[Vv]ar(?:iable)?(?:s|\(s\))?)?(?: (?:is |are )?(?:not set|missing|not found|not provided))?[:=]? ?${QUOTE}${ENV_NAME}\b`,
    anchors: ['environment', 'env var', 'env-var', 'envvar', 'missing env', 'required env', 'undefined env', 'unset env', 'mandatory env'],
    weight: 0.92,
  },
  {
    pattern: exact`[Ee]nvironment variables? (?:(?:is|are|was|were) )?(?:not found|not set|missing|undefined|required|unset):? ${QUOTE}${ENV_NAME}\b`,
    anchors: ['environment variable'],
    weight: 0.92,
  },
  {
    pattern: exact`\b(?:missing|required|undefined|unset)(?: config(?:uration)?| setting| variable| parameter| key)?: ${QUOTE}(?<name>[A-Z][A-Z0-9]{0,40}_[A-Z0-9_]{1,60})\b`,
    anchors: ['missing', 'required', 'undefined', 'unset'],
    weight: 0.78,
  },
  {
    pattern: exact`(?<![\w.$/-])${QUOTE}(?<name>[A-Z][A-Z0-9]{0,40}_[A-Z0-9_]{1,60})${END} (?:(?:env(?:ironment)?|config)(?: var(?:iable)?)? )?(?:(?:is|was|are|has|must|should|cannot|can't|can not|may not|(?:must |should |is )?not(?= (?:allowed to )?be (?:empty|blank|null))|allowed|needs?|to|be|have|been|but|a|and|or|required) ){0,5}?(?:not (?:been )?(?:set|defined|provided|present|specified|configured|found)|unset|undefined|missing|required|mandatory|empty|blank|be null|be set|be defined|be provided|be specified|be non-empty)\b(?! if| when| for| unless| only)`,
    anchors: [
      'not set',
      'not been',
      'not defined',
      'not provided',
      'not present',
      'not specified',
      'not configured',
      'not found',
      'unset',
      'undefined',
      'missing',
      'required',
      'mandatory',
      'empty',
      'blank',
      'be null',
      'be set',
      'be defined',
      'be provided',
      'be specified',
      'be non-empty',
    ],
    weight: 0.85,
  },
  {
    pattern: exact`(?<![\w.$/-])${QUOTE}${NOT_A_VARIABLE}(?<name>[A-Z][A-Z0-9]{2,40})${END} (?:(?:is|was|must|should|has|not|be|been) ){1,3}(?:set|unset|defined)\b(?! if| when| for| unless| to| by)`,
    anchors: [
      'is not set',
      'must be set',
      'is unset',
      'was not set',
      'should be set',
      'not been set',
      'must be defined',
      'not defined',
      'is undefined',
    ],
    weight: 0.72,
  },
  {
    pattern: exact`\b(?<name>[A-Za-z_]\w{1,80}): (?:parameter (?:null or )?not set|unbound variable)`,
    anchors: ['not set', 'unbound variable'],
    weight: 0.9,
    languages: ['shell'],
  },
  {
    pattern: exact`[Yy]ou (?:must|need to) (?:specify|set|define|provide) ${QUOTE}${ENV_NAME}${END} `,
    anchors: ['you must', 'you need to'],
    weight: 0.82,
  },
  { pattern: exact`No application encryption key has been specified`, anchors: ['encryption key has'], weight: 0.8, languages: ['php'] },
  { pattern: exact`superuser password is not (?:specified|set)`, anchors: ['superuser password'], weight: 0.7 },
  {
    pattern: exact`(?:password option is not specified|specify one of the following as an environment variable)[^\n]{0,10}(?:\n[^\n]{0,200}){0,2}?\n?[\s-]{0,12}(?<name>M(?:YSQL|ARIADB)_[A-Z_]{3,40})`,
    anchors: ['password option', 'specify one of'],
    weight: 0.85,
  },
  {
    pattern: exact`[Cc]ould not resolve placeholder '${ENV_NAME}(?::[^']{0,100})?' in`,
    anchors: ['resolve placeholder'],
    weight: 0.92,
    languages: ['java'],
  },
  {
    pattern: exact`[Cc]ould not resolve placeholder '(?<name>[\w.-]{1,120})`,
    anchors: ['resolve placeholder'],
    weight: 0.8,
    languages: ['java'],
  },
  {
    pattern: exact`validation errors? for \w{1,80}[^\n]{0,20}\n(?<name>\w{1,80})\n\s{1,8}[Ff]ield required`,
    anchors: ['validation error'],
    weight: 0.8,
    languages: ['python'],
  },
  {
    pattern: exact`['"](?<name>[A-Za-z]\w{0,60}__\w{1,80})['"] (?:is|was|has|must|cannot|be|not|allowed|to|been| ){1,12}(?:empty|null|missing|set|configured|provided|found|initialized)\b`,
    anchors: ["' is ", '" is ', "' was ", '" was ', "' must ", '" must ', "' cannot ", '" cannot ', "' has ", '" has '],
    weight: 0.85,
    languages: ['dotnet'],
  },
  {
    pattern: loose`the ConnectionString property has not been initialized|connection string keyword '(?<setting>[^'\n]{0,60})' is not supported`,
    anchors: ['connectionstring property', 'connection string keyword'],
    weight: 0.7,
    languages: ['dotnet'],
  },
  {
    pattern: exact`[Ii]nvalid environment variables?:? {0,2}\{?\s{0,4}['"]?${ENV_NAME}['"]?: ?\[? ?['"]?(?:[Rr]equired|[Ii]nvalid)`,
    anchors: ['invalid environment'],
    weight: 0.92,
    languages: ['javascript'],
  },
  { pattern: exact`key not found: "${ENV_NAME}" \(KeyError\)`, anchors: ['key not found'], weight: 0.9, languages: ['ruby'] },
  { pattern: exact`required key ${ENV_NAME} missing value`, anchors: ['required key'], weight: 0.93, languages: ['go'] },
  {
    pattern: exact`environment variable "${ENV_NAME}" should not be empty`,
    anchors: ['environment variable'],
    weight: 0.93,
    languages: ['go'],
  },
  {
    pattern: exact`[Ee]nvironment variable "${ENV_NAME}" because it is not set`,
    anchors: ['environment variable'],
    weight: 0.93,
    languages: ['elixir'],
  },
  {
    pattern: exact`ImproperlyConfigured: [^\n]{0,60}?\b(?<name>[A-Z][A-Z0-9]{0,40}_[A-Z0-9_]{1,60})\b`,
    anchors: ['improperlyconfigured'],
    weight: 0.84,
    languages: ['python'],
  },
  {
    pattern: exact`UndefinedValueError: (?<name>\w{1,80}) not found`,
    anchors: ['undefinedvalueerror'],
    weight: 0.93,
    languages: ['python'],
  },
  { pattern: exact`Err\x60 value: NotPresent\b|VarError\(?NotPresent`, anchors: ['notpresent'], weight: 0.75, languages: ['rust'] },
]);

const invalid: Signature[] = rowsOf('env-invalid', 'environment', [
  {
    pattern: exact`Value: "(?<value>[^"\n]{0,100})"\n\s{1,8}Origin: System Environment Property "${ENV_NAME}"`,
    anchors: ['environment property'],
    weight: 0.94,
    languages: ['java'],
  },
  {
    pattern: exact`Origin: System Environment Property "${ENV_NAME}"`,
    anchors: ['environment property'],
    weight: 0.93,
    languages: ['java'],
  },
  {
    pattern: exact`ERR_SOCKET_BAD_PORT\][^\n]{0,160}[Rr]eceived (?:type \w{1,10} )?\(?'?(?<value>[^)'\n]{0,100})`,
    anchors: ['bad_port'],
    weight: 0.92,
    languages: ['javascript'],
  },
  { pattern: exact`ERR_SOCKET_BAD_PORT`, anchors: ['bad_port'], weight: 0.85, languages: ['javascript'] },
  {
    pattern: exact`(?:[Ii]nvalid|[Bb]ad|[Ii]llegal|[Mm]alformed|[Uu]nparsable|[Uu]nsupported) (?:value|setting|format|number|integer|boolean|duration|url|URL)?(?: ?${QUOTE}(?<value>[^\s'"\x60\n]{1,100}?)${END})? ?(?:for|of|in) (?:the )?(?:env(?:ironment)?(?: var(?:iable)?)? )?${QUOTE}(?<name>[A-Z][A-Z0-9]{0,40}(?:_[A-Z0-9_]{1,60}|\b))(?!\w)`,
    anchors: ['invalid', 'illegal', 'malformed', 'unparsable', 'unsupported', 'bad value', 'bad setting', 'bad format'],
    weight: 0.88,
  },
  {
    pattern: exact`[Ii]nvalid (?:env(?:ironment)?(?: var(?:iable)?)? )?${QUOTE}(?<name>PORT|[A-Z][A-Z0-9]{0,40}_[A-Z0-9_]{1,60})${END}(?: value)?(?:[:=,]| is)? ?${QUOTE}(?<value>[^\s'"\x60\n]{0,100})`,
    anchors: ['invalid'],
    weight: 0.86,
  },
  {
    pattern: exact`(?<![\w.$/-])${QUOTE}(?<name>PORT|[A-Z][A-Z0-9]{0,40}_[A-Z0-9_]{1,60})${END}(?:[=:] ?"?(?<value>[^\s'"\n]{1,100})"?)? (?:is |has |must |should )(?:not |an |a |be ){0,3}(?:in)?(?:valid|integer|number|numeric|positive|boolean|between|one of)\b`,
    anchors: ['valid', 'integer', 'number', 'numeric', 'positive', 'boolean', 'between', 'one of'],
    weight: 0.86,
  },
  {
    pattern: exact`(?:[Cc]ould not|[Cc]annot|[Cc]an't|[Ff]ailed to|[Uu]nable to|[Ee]rror) (?:pars(?:e|ing)|convert(?:ing)?|decod(?:e|ing)|interpret(?:ing)?|read(?:ing)?) (?:the )?(?:value )?(?:of |for )?(?:env(?:ironment)?(?: var(?:iable)?)? )?${QUOTE}(?<name>PORT|[A-Z][A-Z0-9]{0,40}_[A-Z0-9_]{1,60})${END}`,
    anchors: [
      'parse',
      'parsing',
      'convert',
      'decod',
      'interpret',
      'failed to read',
      'could not read',
      'cannot read',
      'unable to read',
      'error reading',
    ],
    weight: 0.86,
  },
  {
    pattern: exact`assigning ${ENV_NAME} to \w{1,60}: converting '(?<value>[^'\n]{0,100})'`,
    anchors: ['assigning '],
    weight: 0.93,
    languages: ['go'],
  },
  {
    pattern: exact`parse error on field "(?<name>\w{1,60})" of type [^\n]{0,80}parsing "(?<value>[^"\n]{0,100})"`,
    anchors: ['parse error on field'],
    weight: 0.86,
    languages: ['go'],
  },
  {
    pattern: loose`listen \w{3,5}: (?:address |lookup \w{3,4}/)(?<value>[^\s:]{1,60}): (?:invalid|unknown|nodename)`,
    anchors: ['listen '],
    weight: 0.86,
    languages: ['go'],
  },
  {
    pattern: loose`address (?<value>[^\s"]{1,80}): (?:invalid port|missing port in address|too many colons)`,
    anchors: ['invalid port', 'missing port', 'too many colons'],
    weight: 0.72,
    languages: ['go'],
  },
  {
    pattern: loose`\b(?:invalid|bad|illegal) port(?: number)?[:= ]{1,2}["']?(?<value>[^\s"',)]{1,60})`,
    anchors: ['invalid port', 'bad port', 'illegal port'],
    weight: 0.78,
  },
  {
    pattern: loose`\bport (?:number )?(?:value )?(?:out of range|must be (?:between|0-65535|>=|an integer|a number)|should be >=)[^\n]{0,60}?(?::|received|got|value) ?(?:type \w{1,10} )?\(?'?(?<value>-?[\w.]{1,40})`,
    anchors: ['out of range', 'port must', 'number must', 'should be >='],
    weight: 0.78,
  },
  { pattern: loose`\bport (?:number )?(?:value )?out of range`, anchors: ['out of range'], weight: 0.72 },
  {
    pattern: exact`invalid literal for int\(\) with base \d{1,2}: '(?<value>[^'\n]{0,100})'`,
    anchors: ['invalid literal'],
    weight: 0.52,
    context: { pattern: /os\.environ|getenv/, weight: 0.92 },
    languages: ['python'],
  },
  {
    pattern: exact`strconv\.(?:Atoi|Parse\w{1,12}): parsing "(?<value>[^"\n]{0,100})": (?:invalid syntax|value out of range)`,
    anchors: ['strconv.'],
    weight: 0.55,
    languages: ['go'],
  },
  {
    pattern: exact`NumberFormatException: For input string: "(?<value>[^"\n]{0,100})"`,
    anchors: ['numberformatexception'],
    weight: 0.52,
    languages: ['java'],
  },
  { pattern: exact`time: invalid duration "(?<value>[^"\n]{0,100})"`, anchors: ['invalid duration'], weight: 0.55, languages: ['go'] },
]);

/** Settings taken from the environment that are absent or unusable. */
export const environmentSignatures: Signature[] = [
  ...missing,
  ...invalid,
  ...rowsOf('js-undefined', 'environment', [
    {
      pattern: exact`Cannot read propert(?:y|ies) (?:'(?<property>[^'\n]{1,80})' )?of (?:undefined|null)`,
      anchors: ['cannot read propert'],
      weight: 0.55,
      languages: ['javascript'],
    },
    {
      pattern: exact`Cannot read properties of (?:undefined|null) \(reading '(?<property>[^'\n]{1,80})'\)`,
      anchors: ['cannot read propert'],
      weight: 0.56,
      languages: ['javascript'],
    },
  ]),
];
