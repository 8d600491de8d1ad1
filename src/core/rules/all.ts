import cfg1 from './cfg-1/rule.ts';
import crn1 from './crn-1/rule.ts';
import dpl1 from './dpl-1/rule.ts';
import dpl2 from './dpl-2/rule.ts';
import dpl3 from './dpl-3/rule.ts';
import hpa1 from './hpa-1/rule.ts';
import hpa2 from './hpa-2/rule.ts';
import hpa3 from './hpa-3/rule.ts';
import hpa4 from './hpa-4/rule.ts';
import job1 from './job-1/rule.ts';
import oom1 from './oom-1/rule.ts';
import pdb1 from './pdb-1/rule.ts';
import podCrash from './pod-crash/rule.ts';
import rdy1 from './rdy-1/rule.ts';
import type { Rule } from './rule.ts';
import svc1 from './svc-1/rule.ts';
import svc2 from './svc-2/rule.ts';
import svc3 from './svc-3/rule.ts';

/** Every built-in rule, in the order in which they are listed. */
export const builtinRules: readonly Rule[] = [
  oom1, cfg1, podCrash, rdy1,
  svc1, svc2, svc3,
  dpl1, dpl2, dpl3, job1, crn1, pdb1,
  hpa1, hpa2, hpa3, hpa4,
]; // prettier-ignore
