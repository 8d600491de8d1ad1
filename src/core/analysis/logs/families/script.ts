import { exact, loose, rowsOf, type Signature } from '../signature.ts';

const script: Signature[] = rowsOf('script-error', 'script', [
  {
    pattern: loose`syntax error at (?<file>[^\s"]{1,300}) line (?<line>\d{1,7}), (?<detail>[^\n]{1,200})`,
    anchors: ['syntax error at'],
    weight: 0.92,
    languages: ['perl'],
  },
  {
    pattern: loose`(?:bareword "[^"\n]{1,80}" not allowed|global symbol "[^"\n]{1,80}" requires explicit|can't find string terminator|missing right curly)[^\n]{0,120} at (?<file>[^\s"]{1,300}) line (?<line>\d{1,7})`,
    anchors: ['bareword ', 'global symbol', 'string terminator', 'missing right curly'],
    weight: 0.92,
    languages: ['perl'],
  },
  {
    pattern: loose`compilation failed in require at (?<file>[^\s"]{1,300}) line (?<line>\d{1,7})`,
    anchors: ['compilation failed'],
    weight: 0.85,
    languages: ['perl'],
  },
  {
    pattern: loose`execution of (?<file>[^\s"]{1,300}) aborted due to compilation errors`,
    anchors: ['aborted due to comp'],
    weight: 0.88,
    languages: ['perl'],
  },
  {
    pattern: exact`File "(?<file>[^"\n]{1,300})", line (?<line>\d{1,7})\n(?:[^\n]{0,400}\n){1,3}?(?:SyntaxError|IndentationError|TabError): (?<detail>[^\n]{1,200})`,
    anchors: ['syntaxerror: ', 'indentationerror: ', 'taberror: '],
    weight: 0.93,
    languages: ['python'],
  },
  {
    pattern: exact`^(?<file>/[^\n:]{1,300}):(?<line>\d{1,7})\n(?:[^\n]{0,400}\n){1,4}?SyntaxError: (?<detail>[^\n]{1,200})`,
    anchors: ['syntaxerror: '],
    weight: 0.93,
    languages: ['javascript'],
  },
  {
    pattern: exact`^(?:\w{1,40}: )?(?:SyntaxError|IndentationError|TabError): (?<detail>[^\n]{1,200})`,
    anchors: ['syntaxerror: ', 'indentationerror: ', 'taberror: '],
    weight: 0.8,
    languages: ['python', 'javascript'],
  },
  {
    pattern: exact`^(?:Uncaught )?SyntaxError: (?<detail>Unexpected (?:token|end|identifier)[^\n]{0,160})`,
    anchors: ['syntaxerror: '],
    weight: 0.72,
    languages: ['javascript'],
  },
  {
    pattern: loose`(?<file>[\w./-]{1,200}): (?:line )?(?<line>\d{1,7}): (?<detail>syntax error[:,]? [^\n]{1,160})`,
    anchors: ['syntax error'],
    weight: 0.9,
    languages: ['shell'],
  },
  {
    pattern: loose`(?<file>[\w./-]{1,200}): (?:line )?(?<line>\d{1,7}): (?<detail>unexpected end of file|unexpected EOF while looking[^\n]{0,80}|bad substitution|arithmetic syntax error)`,
    anchors: ['unexpected', 'bad substitution', 'arithmetic syntax'],
    weight: 0.9,
    languages: ['shell'],
  },
  {
    pattern: loose`(?<file>[\w./-]{1,200}):(?<line>\d{1,7}): (?<detail>syntax error,? unexpected [^\n]{1,160})`,
    anchors: ['syntax error'],
    weight: 0.9,
    languages: ['ruby'],
  },
  {
    pattern: loose`PHP Parse error: {1,3}(?<detail>syntax error[^\n]{0,200}) in (?<file>[^\s"]{1,300}) on line (?<line>\d{1,7})`,
    anchors: ['parse error'],
    weight: 0.93,
    languages: ['php'],
  },
  {
    pattern: loose`\bParse error: {1,3}(?<detail>[^\n]{1,200}) in (?<file>[^\s"]{1,300}) on line (?<line>\d{1,7})`,
    anchors: ['parse error'],
    weight: 0.9,
    languages: ['php'],
  },
  {
    pattern: loose`awk: (?:cmd\. line|[\w./-]{1,200}):(?<line>\d{1,7}): [^\n]{0,200}syntax error`,
    anchors: ['syntax error'],
    weight: 0.88,
    languages: ['awk'],
  },
  {
    pattern: loose`lua[\w.]{0,10}: (?<file>[^\s:]{1,300}):(?<line>\d{1,7}): (?<detail>[^\n]{1,160}(?:near|expected)[^\n]{0,100})`,
    anchors: ['near ', ' expected'],
    weight: 0.85,
    languages: ['lua'],
  },
]);

const command: Signature[] = rowsOf('command-usage', 'script', [
  {
    pattern: loose`\berror: no such (?:option|command):? ["']?(?<argument>[\w.=-]{1,80})`,
    anchors: ['no such option', 'no such command'],
    weight: 0.88,
    languages: ['python'],
  },
  {
    pattern: loose`unknown (?:sub)?command:? ["'\x60“]?(?<argument>[\w.:-]{1,80})["'\x60”]? for ["'\x60“]?(?<command>[\w. -]{1,80}?)["'\x60”]?(?:\W|$)`,
    anchors: ['unknown command', 'unknown subcommand'],
    weight: 0.9,
    languages: ['go'],
  },
  {
    pattern: loose`\bunknown (?:shorthand )?flag: (?<argument>['"]?-{0,2}[\w.-]{1,80})`,
    anchors: ['unknown flag', 'unknown shorthand'],
    weight: 0.9,
    languages: ['go'],
  },
  {
    pattern: loose`\bflag provided but not defined: (?<argument>-{1,2}[\w.-]{1,80})`,
    anchors: ['flag provided but'],
    weight: 0.92,
    languages: ['go'],
  },
  {
    pattern: loose`\b(?:unrecognized|unknown|invalid|illegal|unexpected) (?:command[- ]line )?(?:option|arguments?)(?: found)?(?: --|:)? ?["'\x60‘]?(?<argument>-{0,2}[\w.=-]{1,80})`,
    anchors: [
      'unrecognized',
      'unknown option',
      'unknown argument',
      'invalid option',
      'invalid argument',
      'illegal option',
      'illegal argument',
      'unexpected argument',
      'command line',
      'command-line',
      'unexpected option',
      'unknown command',
    ],
    weight: 0.7,
  },
  {
    pattern: loose`\berror: the following arguments are required: (?<argument>[^\n]{1,120})`,
    anchors: ['following arguments'],
    weight: 0.9,
    languages: ['python'],
  },
  {
    pattern: loose`\binvalid argument "(?<value>[^"\n]{0,100})" for "(?<argument>[^"\n]{1,80})" flag`,
    anchors: ['invalid argument'],
    weight: 0.9,
    languages: ['go'],
  },
  { pattern: loose`\brequired flag\(s\) (?<argument>[^\n]{1,120}) not set`, anchors: ['required flag'], weight: 0.9, languages: ['go'] },
  {
    pattern: loose`\berror: (?:found argument '|unexpected argument ')(?<argument>[^'\n]{1,80})'`,
    anchors: ['found argument', 'unexpected argument'],
    weight: 0.9,
    languages: ['rust'],
  },
  { pattern: loose`\bbad option: (?<argument>-{1,2}[\w.=-]{1,80})`, anchors: ['bad option'], weight: 0.88, languages: ['javascript'] },
  {
    pattern: loose`\bunrecognized (?:VM )?option '?(?<argument>[\w:+=.-]{1,80})`,
    anchors: ['unrecognized'],
    weight: 0.86,
    languages: ['java'],
  },
]);

const notFound: Signature[] = rowsOf('command-not-found', 'script', [
  { pattern: loose`\bexec (?<command>/[^\s:"']{1,300}): no such file or directory`, anchors: ['no such file'], weight: 0.9 },
  {
    pattern: loose`exec(?: failed)?:? ["'](?<command>[^"'\n]{1,200})["']: (?:executable file not found in \$PATH|stat [^\n:]{1,200}: no such file|no such file)`,
    anchors: ['executable file', 'no such file'],
    weight: 0.9,
  },
  {
    pattern: loose`^(?<shell>[\w./-]{1,200}): (?:(?:line )?(?<line>\d{1,7}): )?(?:exec: )?(?<command>[\w./+-]{1,200}): (?:not found|command not found)$`,
    anchors: ['not found'],
    weight: 0.85,
    languages: ['shell'],
  },
  {
    pattern: loose`\[(?:FATAL|WARN) {1,2}tini \(\d{1,9}\)\] exec (?<command>[^\n]{1,200}) failed: no such file`,
    anchors: ['tini ('],
    weight: 0.9,
  },
]);

const MODULE = String.raw`(?<module>[\w@~+./:-]{1,300})`;

const modules: Signature[] = rowsOf('module-missing', 'module', [
  {
    pattern: exact`ModuleNotFoundError: No module named '?${MODULE}`,
    anchors: ['modulenotfounderror'],
    weight: 0.92,
    languages: ['python'],
  },
  { pattern: exact`ImportError: No module named '?${MODULE}`, anchors: ['importerror'], weight: 0.92, languages: ['python'] },
  {
    pattern: exact`ImportError: cannot import name '?\w{1,100}'? from (?:partially initialized module )?'?${MODULE}`,
    anchors: ['importerror'],
    weight: 0.9,
    languages: ['python'],
  },
  { pattern: exact`ImportError: ${MODULE}: cannot open shared object`, anchors: ['importerror'], weight: 0.92, languages: ['python'] },
  {
    pattern: exact`Error while finding module specification for '${MODULE}'`,
    anchors: ['finding module'],
    weight: 0.9,
    languages: ['python'],
  },
  { pattern: exact`No module named '?"?${MODULE}`, anchors: ['no module named'], weight: 0.82, languages: ['python'] },
  {
    pattern: exact`Cannot find (?:module|package) '${MODULE}'`,
    anchors: ['cannot find module', 'cannot find package'],
    weight: 0.92,
    languages: ['javascript'],
  },
  { pattern: exact`\b(?:ERR_MODULE_NOT_FOUND|MODULE_NOT_FOUND)\b`, anchors: ['module_not_found'], weight: 0.75, languages: ['javascript'] },
  {
    pattern: exact`(?:ClassNotFoundException|NoClassDefFoundError): ${MODULE}`,
    anchors: ['classnotfound', 'noclassdeffound'],
    weight: 0.88,
    languages: ['java'],
  },
  { pattern: exact`[Cc]ould not find or load main class ${MODULE}`, anchors: ['load main class'], weight: 0.92, languages: ['java'] },
  { pattern: exact`Unable to access jarfile ${MODULE}`, anchors: ['access jarfile'], weight: 0.92, languages: ['java'] },
  {
    pattern: loose`error while loading shared libraries: (?<module>[^\s:]{1,300}):`,
    anchors: ['shared libraries'],
    weight: 0.93,
    languages: ['c'],
  },
  {
    pattern: loose`error (?:loading shared library|relocating) (?<module>[^\s:]{1,300}):`,
    anchors: ['shared library', 'error relocating'],
    weight: 0.92,
    languages: ['c'],
  },
  { pattern: loose`cannot load such file -- ${MODULE}`, anchors: ['cannot load such'], weight: 0.92, languages: ['ruby'] },
  {
    pattern: loose`could not find (?:gem )?'?(?<module>[\w.-]{1,120})'?[^\n]{0,80} in (?:any of the sources|locally installed gems|rubygems)`,
    anchors: ['could not find'],
    weight: 0.9,
    languages: ['ruby'],
  },
  { pattern: exact`Can't locate (?<module>[\w/]{1,200}\.pm) in @INC`, anchors: ["can't locate"], weight: 0.93, languages: ['perl'] },
  {
    pattern: exact`Could not load file or assembly '(?<module>[^',\n]{1,200})`,
    anchors: ['file or assembly'],
    weight: 0.92,
    languages: ['dotnet'],
  },
  {
    pattern: exact`(?:You must install or update \.NET|The framework '(?<module>[^'\n]{1,100})', version '[^'\n]{1,40}'[^\n]{0,40} was not found)`,
    anchors: ['install or update', 'the framework'],
    weight: 0.88,
    languages: ['dotnet'],
  },
  { pattern: exact`Failed opening required '(?<module>[^'\n]{1,300})'`, anchors: ['opening required'], weight: 0.92, languages: ['php'] },
  { pattern: exact`Class ["']?(?<module>[\w\\]{1,200})["']? not found`, anchors: ['not found'], weight: 0.7, languages: ['php'] },
  {
    pattern: exact`version ['\x60](?<module>[\w.]{1,60})' not found \(required by`,
    anchors: ['not found (required'],
    weight: 0.92,
    languages: ['c'],
  },
]);

/** Scripts, command lines and modules that a runtime cannot use. */
export const scriptSignatures: Signature[] = [...script, ...command, ...notFound, ...modules];
