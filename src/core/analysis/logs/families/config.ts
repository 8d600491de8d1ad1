import { exact, loose, rowsOf, type Signature } from '../signature.ts';

const FILE = String.raw`(?<file>[\w@~+./-]{1,300})`;

const config: Signature[] = rowsOf('config-invalid', 'config', [
  {
    pattern: loose`\[emerg\] (?:\d{1,9}#\d{1,9}: )?(?:\*\d{1,20} )?(?<detail>[^\n]{1,300}) in (?<file>/[^\s:]{1,300}):(?<line>\d{1,7})`,
    anchors: ['[emerg]'],
    weight: 0.9,
  },
  { pattern: loose`(?:nginx: )?configuration file (?<file>/\S{1,300}) test failed`, anchors: ['configuration file'], weight: 0.85 },
  { pattern: loose`\bconfiguration file contains errors`, anchors: ['file contains errors'], weight: 0.85 },
  { pattern: loose`fatal config file error(?: \([^)\n]{1,60}\))?`, anchors: ['fatal config file'], weight: 0.9 },
  {
    pattern: loose`reading the configuration file, at line (?<line>\d{1,7})\n>>> '(?<detail>[^\n]{1,200})'`,
    anchors: ['reading the config'],
    weight: 0.92,
  },
  { pattern: loose`bad directive or wrong number of arguments`, anchors: ['bad directive'], weight: 0.88 },
  {
    pattern: loose`(?:FATAL|LOG|ERROR): {1,4}(?<detail>(?:invalid value for parameter|unrecognized configuration parameter|parameter) "[^"\n]{1,100}"[^\n]{0,200})`,
    anchors: ['invalid value for', 'unrecognized config', 'parameter'],
    weight: 0.88,
  },
  { pattern: loose`configuration file "(?<file>[^"\n]{1,300})" contains errors`, anchors: ['contains errors'], weight: 0.92 },
  { pattern: loose`syntax error in file "(?<file>[^"\n]{1,300})" line (?<line>\d{1,7})`, anchors: ['syntax error'], weight: 0.93 },
  {
    pattern: loose`unknown (?:variable|option|suffix) '(?<detail>[^'\n]{1,200})'`,
    anchors: ['unknown variable', 'unknown option', 'unknown suffix'],
    weight: 0.8,
  },
  {
    pattern: loose`parsing \[(?<file>[^\]:\n]{1,300}):(?<line>\d{1,7})\] ?: (?<detail>[^\n]{1,300})`,
    anchors: ['parsing ['],
    weight: 0.9,
  },
  {
    pattern: loose`\[ALERT\][^\n]{0,60}(?<detail>error\(s\) found in configuration file : (?<file>\S{1,300}))`,
    anchors: ['[alert]'],
    weight: 0.88,
  },
  { pattern: loose`parsing YAML file ${FILE}(?:: (?<detail>[^\n]{1,300}))?`, anchors: ['parsing yaml'], weight: 0.92 },
  {
    pattern: loose`(?:error )?(?:loading|reading|parsing|decoding|unmarshall?ing|validating) (?:the )?(?:initial |static |server |app(?:lication)? )?config(?:uration)?(?: file)?[ \t]{1,2}\(?(?:from )?(?:--config\.file=)?["']?(?<file>[\w@~+./-]{0,250}\.\w{2,10})["']?\)?[^\n]{0,20}?[:=] ?(?<detail>[^\n]{1,300})`,
    anchors: ['loading', 'reading', 'parsing', 'decoding', 'unmarshal', 'validating'],
    weight: 0.82,
  },
  {
    pattern: loose`(?:failed|unable|could not|cannot|couldn't|can't|error)(?: to| while| when| during)? (?:load|read|parse|decod|unmarshal|validat)\w{0,5} (?:the )?(?:[\w-]{1,30} ){0,3}?config(?:uration)?\b(?! ?map)[^\n]{0,12}?(?:[:(] ?(?<detail>[^\n]{1,300}))?$`,
    anchors: [' config'],
    weight: 0.72,
  },
  {
    pattern: loose`\binvalid config(?:uration)?(?: file)?(?: ["']?(?<file>/[\w@~+./-]{1,300})["']?)?(?: at line (?<line>\d{1,7}))?(?:: (?<detail>[^\n]{1,300}))`,
    anchors: ['invalid config'],
    weight: 0.76,
  },
  { pattern: loose`(?:error )?converting YAML to JSON: (?<detail>[^\n]{1,300})`, anchors: ['converting yaml'], weight: 0.86 },
  {
    pattern: loose`\byaml: (?:unmarshal errors:\s{1,6})?line (?<line>\d{1,7}): (?<detail>[^\n]{1,300})`,
    anchors: ['yaml: '],
    weight: 0.84,
    languages: ['go'],
  },
  {
    pattern: loose`\btoml: (?:line (?<line>\d{1,7})[^\n]{0,60}?: )?(?<detail>[^\n]{1,300})`,
    anchors: ['toml: '],
    weight: 0.8,
    languages: ['go', 'rust'],
  },
  {
    pattern: exact`yaml\.(?:scanner|parser|composer|constructor)\.(?<detail>\w{3,40}Error)`,
    anchors: ['yaml.'],
    weight: 0.84,
    languages: ['python'],
  },
  {
    pattern: exact`\b(?<detail>YAMLException|YAMLParseError|TomlDecodeError|TOMLDecodeError|Psych::SyntaxError|MarkedYAMLException|ScannerException)\b`,
    anchors: ['yamlexception', 'yamlparseerror', 'tomldecodeerror', 'psych::', 'scannerexception'],
    weight: 0.82,
  },
  {
    pattern: loose`invalid character (?<detail>'[^\n]{1,4}'[^\n]{0,20}(?:looking for|in string|after|in literal|in numeric)[^\n]{0,100})`,
    anchors: ['invalid character'],
    weight: 0.58,
    languages: ['go'],
  },
  {
    pattern: exact`(?:json\.decoder\.|json\.)?JSONDecodeError: (?<detail>[^\n]{1,200})`,
    anchors: ['jsondecodeerror'],
    weight: 0.55,
    languages: ['python'],
  },
  {
    pattern: loose`\bunknown (?:directive|configuration (?:key|option|parameter|property|directive)|config (?:key|option|field)) ["'\x60]?(?<detail>[\w.-]{1,120})`,
    anchors: ['unknown directive', 'unknown config'],
    weight: 0.85,
  },
  { pattern: loose`\bunknown keyword '(?<detail>[^'\n]{1,120})' in`, anchors: ['unknown keyword'], weight: 0.85 },
  {
    pattern: loose`(?:AH\d{5}: )?syntax error on line (?<line>\d{1,7}) of (?<file>[^\s:]{1,300}):`,
    anchors: ['syntax error on'],
    weight: 0.92,
  },
  {
    pattern: loose`(?:unable to parse json as proto|protobuf message[^\n]{0,160}has unknown fields|proto constraint validation failed)(?<detail>[^\n]{0,200})`,
    anchors: ['parse json as', 'unknown fields', 'proto constraint'],
    weight: 0.8,
  },
  {
    pattern: loose`error initializing configuration '(?<file>[^'\n]{1,300})': (?<detail>[^\n]{1,300})`,
    anchors: ['error initializing'],
    weight: 0.88,
  },
  {
    pattern: loose`(?<file>[\w@~+./-]{1,300}/Corefile):(?<line>\d{1,7}) - error[^\n]{0,20}: (?<detail>[^\n]{1,300})`,
    anchors: ['corefile:'],
    weight: 0.92,
    languages: ['go'],
  },
  {
    pattern: loose`adapting config using \w{1,40}: (?<file>[\w@~+./-]{1,300}):(?<line>\d{1,7}): (?<detail>[^\n]{1,300})`,
    anchors: ['adapting config'],
    weight: 0.9,
    languages: ['go'],
  },
  {
    pattern: loose`(?:config|configuration|settings?)(?: file)? ["']?(?<file>/[\w@~+./-]{1,300})["']?(?: is (?:invalid|malformed|corrupt\w{0,3}))`,
    anchors: ['is invalid', 'is malformed', 'is corrupt'],
    weight: 0.8,
  },
  {
    pattern: exact`(?:Binding to target|Failed to bind properties under) (?<detail>['\[]?[\w.@-]{1,160})`,
    anchors: ['binding to target', 'to bind properties'],
    weight: 0.78,
    languages: ['java'],
  },
]);

/** Configuration files that a program cannot read or does not accept. */
export const configSignatures: Signature[] = config;
