import { Flags } from '@oclif/core';

/** Flag of everything that runs rules. */
export const ruleFlags = {
  rules: Flags.string({
    multiple: true,
    multipleNonGreedy: true,
    helpValue: 'PACK',
    summary: 'Rule pack (YAML) to use besides the built-in rules (repeatable)',
  }),
};
