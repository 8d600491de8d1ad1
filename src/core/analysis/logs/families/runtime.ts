import { exact, loose, rowsOf, type Signature } from '../signature.ts';

// A Python traceback or a JavaScript stack in the same block.
const PYTHON_TRACE = /Traceback \(most recent call last\)|^\s{2,8}File "[^"\n]+", line \d/m;
const JS_STACK = /^\s{2,8}at [^\n]{1,300}:\d{1,7}(?::\d{1,7})?\)?$/m;

const exceptions: Signature[] = rowsOf('uncaught-exception', 'exception', [
  {
    pattern: exact`^(?<name>(?:[A-Za-z_]\w{0,80}\.){0,8}[A-Z]\w{0,80}(?:Error|Exception|Exit|Interrupt|Fault|Failure|Timeout|NotFound|DoesNotExist))(?:: (?<message>[^\n]{0,300}))?$`,
    anchors: ['error', 'exception', 'interrupt', 'fault', 'failure', 'timeout', 'notfound', 'doesnotexist', 'systemexit'],
    weight: 0.3,
    context: { pattern: PYTHON_TRACE, weight: 0.5 },
    languages: ['python'],
  },
  {
    pattern: exact`^(?:Uncaught )?(?<name>[A-Z]\w{0,60}Error)(?: \[(?<code>\w{2,60})\])?: (?<message>[^\n]{1,300})`,
    anchors: ['error: ', 'error ['],
    weight: 0.32,
    context: { pattern: JS_STACK, weight: 0.5 },
    languages: ['javascript'],
  },
  {
    pattern: exact`^(?:Uncaught )?(?<name>Error)(?: \[(?<code>\w{2,60})\])?: (?<message>[^\n]{1,300})`,
    anchors: ['error: ', 'error ['],
    weight: 0,
    context: { pattern: JS_STACK, weight: 0.48 },
    languages: ['javascript'],
  },
  {
    pattern: exact`Exception in thread "(?<thread>[^"\n]{1,120})" (?<name>(?:[a-zA-Z_]\w{0,80}\.){0,10}[A-Z][\w$]{0,100})(?:: (?<message>[^\n]{0,300}))?`,
    anchors: ['exception in thread'],
    weight: 0.6,
    languages: ['java'],
  },
  {
    pattern: exact`^Caused by: (?<name>(?:[a-zA-Z_]\w{0,80}\.){1,10}[A-Z][\w$]{0,100})(?:: (?<message>[^\n]{0,300}))?`,
    anchors: ['caused by: '],
    weight: 0.45,
    languages: ['java'],
  },
  {
    pattern: exact`^(?<name>(?:[a-z_]\w{0,80}\.){1,10}[A-Z][\w$]{0,100}(?:Exception|Error))(?:: (?<message>[^\n]{0,300}))?`,
    anchors: ['exception', 'error'],
    weight: 0.4,
    languages: ['java'],
  },
  {
    pattern: exact`Application run failed|APPLICATION FAILED TO START`,
    anchors: ['application run failed', 'application failed to'],
    weight: 0.42,
    languages: ['java'],
  },
  {
    pattern: exact`[Uu]nhandled [Ee]xception\.? ?:? (?<name>(?:[A-Za-z_]\w{0,80}\.){0,10}[A-Z][\w]{0,100})(?:: (?<message>[^\n]{0,300}))?`,
    anchors: ['unhandled exception'],
    weight: 0.6,
    languages: ['dotnet'],
  },
  {
    pattern: loose`\bunhandled (?:promise rejection|rejection|exception)\b|\bunhandledpromiserejection|\buncaught exception\b|\bERR_UNHANDLED_REJECTION\b`,
    anchors: ['unhandled', 'uncaught exception'],
    weight: 0.45,
    languages: ['javascript'],
  },
  {
    pattern: exact`thread '(?<thread>[^'\n]{1,120})'(?: \(\d{1,20}\))? panicked at (?:'(?<message>[^\n]{1,300}?)', )?(?<location>[^\s,'\x22:]{1,200}(?::\d{1,7}){1,2})`,
    anchors: ['panicked at'],
    weight: 0.6,
    languages: ['rust'],
  },
  {
    pattern: exact`(?<location>[^\s:]{1,300}:\d{1,7}):in [\x60'][^'\n]{1,200}': (?<message>[^\n]{0,300}) \((?<name>[A-Z][\w:]{1,100})\)`,
    anchors: [':in `', ":in '"],
    weight: 0.58,
    languages: ['ruby'],
  },
  {
    pattern: exact`(?:PHP )?Fatal error: {1,3}(?:Uncaught (?<name>[\w\\]{1,120})(?:: | \())?(?<message>[^\n]{0,300})`,
    anchors: ['fatal error: '],
    weight: 0.58,
    languages: ['php'],
  },
  { pattern: exact`\b(?<name>(?:java\.lang\.)?StackOverflowError)\b`, anchors: ['stackoverflowerror'], weight: 0.6, languages: ['java'] },
  {
    pattern: exact`(?<name>RecursionError): maximum recursion depth|(?:Maximum call stack size exceeded)`,
    anchors: ['recursionerror', 'call stack size'],
    weight: 0.58,
  },
  {
    pattern: exact`^\*\* \((?<name>[A-Z][\w.]{1,100})\) (?<message>[^\n]{0,300})`,
    anchors: ['error) '],
    weight: 0.5,
    languages: ['elixir'],
  },
  {
    pattern: loose`terminate called after throwing an instance of '(?<name>[^'\n]{1,200})'`,
    anchors: ['terminate called'],
    weight: 0.6,
    languages: ['c++'],
  },
  {
    pattern: exact`\b(?<name>NullPointerException|NullReferenceException)\b`,
    anchors: ['nullpointer', 'nullreference'],
    weight: 0.42,
    languages: ['java', 'dotnet'],
  },
  { pattern: exact`Traceback \(most recent call last\)`, anchors: ['traceback (most'], weight: 0.28, languages: ['python'] },
]);

const crashes: Signature[] = [
  ...rowsOf('go-panic', 'exception', [
    { pattern: exact`^panic: (?<message>runtime error: [^\n]{1,300})`, anchors: ['panic: '], weight: 0.62, languages: ['go'] },
    { pattern: exact`^panic: (?<message>[^\n]{1,300})`, anchors: ['panic: '], weight: 0.55, languages: ['go'] },
    {
      pattern: exact`^fatal error: (?<message>(?:all goroutines are asleep|concurrent map|stack overflow|unexpected signal|sync:|found bad pointer)[^\n]{0,200})`,
      anchors: ['fatal error: '],
      weight: 0.62,
      languages: ['go'],
    },
    {
      pattern: loose`(?:"msg":"|msg="?|http: )panic(?:ked)?(?: recovered| serving [^\s:]{1,80}(?::\d{1,5})?)?[:"] ?(?<message>[^"\n]{0,300})`,
      anchors: ['panic'],
      weight: 0.5,
      languages: ['go'],
    },
    { pattern: exact`Observed a panic: (?<message>[^\n]{1,300})`, anchors: ['observed a panic'], weight: 0.58, languages: ['go'] },
  ]),
  ...rowsOf('segfault', 'exception', [
    {
      pattern: loose`\bsegmentation fault\b|\bSIGSEGV\b|\bsegfault at [0-9a-f]{1,16}\b|\bsegmentation violation\b`,
      anchors: ['segmentation', 'sigsegv', 'segfault at'],
      weight: 0.62,
      languages: ['c', 'c++', 'go', 'java'],
    },
  ]),
  ...rowsOf('abort', 'exception', [
    {
      pattern: exact`\bSIGABRT\b|^Aborted(?: \(core dumped\))?$|\bAssertion [\x60']?[^\n]{1,200}' failed|\bdouble free or corruption|\*\*\* stack smashing detected|\bPANIC: [^\n]{0,80}`,
      anchors: ['sigabrt', 'aborted', 'assertion', 'double free', 'stack smashing', 'panic: '],
      weight: 0.54,
      languages: ['c', 'c++'],
    },
  ]),
  ...rowsOf('exec-format-error', 'exception', [
    {
      pattern: loose`\bexec(?:ve)? ?(?<path>/[^\s:"']{1,300})?["']?:? ?[^\n]{0,40}exec format error|\bexec format error\b|\bcannot execute binary file\b|\bENOEXEC\b|\bbad ELF interpreter\b`,
      anchors: ['exec format', 'cannot execute binary', 'enoexec', 'elf interpreter'],
      weight: 0.92,
    },
  ]),
];

const memory: Signature[] = rowsOf('oom-heap', 'memory', [
  { pattern: exact`OutOfMemoryError(?:: (?<detail>[^\n]{1,200}))?`, anchors: ['outofmemoryerror'], weight: 0.92, languages: ['java'] },
  {
    pattern: exact`(?<detail>JavaScript heap out of memory|Reached heap limit|invalid array buffer length|Array buffer allocation failed)`,
    anchors: ['heap out of memory', 'reached heap limit', 'array buffer'],
    weight: 0.92,
    languages: ['javascript'],
  },
  { pattern: exact`^(?:[\w.]{1,80}\.)?(?<detail>_?(?:Array)?MemoryError)\b`, anchors: ['memoryerror'], weight: 0.9, languages: ['python'] },
  { pattern: exact`\bOutOfMemoryException\b`, anchors: ['outofmemoryexception'], weight: 0.9, languages: ['dotnet'] },
  { pattern: exact`\bstd::bad_alloc\b`, anchors: ['std::bad_alloc'], weight: 0.9, languages: ['c++'] },
  {
    pattern: exact`runtime: out of memory|fatal error: out of memory|failed to allocate memory \(NoMemoryError\)|memory allocation of \d{1,20} bytes failed`,
    anchors: ['out of memory', 'nomemoryerror', 'memory allocation of'],
    weight: 0.92,
    languages: ['go', 'ruby', 'rust'],
  },
  {
    pattern: exact`Allowed memory size of (?<detail>\d{1,20}) bytes exhausted`,
    anchors: ['allowed memory size'],
    weight: 0.93,
    languages: ['php'],
  },
  {
    pattern: loose`\b(?:cannot|can't|could not|unable to|failed to) allocate (?:\w{1,20} )?memory\b|\bENOMEM\b|\bout of memory\b(?! (?:error )?(?:handler|protection|killer|policy))`,
    anchors: ['memory', 'enomem: ', 'enomem '],
    weight: 0.72,
  },
]);

/** Exceptions, crashes and exhausted memory. */
export const runtimeSignatures: Signature[] = [...exceptions, ...crashes, ...memory];
