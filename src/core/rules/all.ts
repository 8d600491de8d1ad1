import app0 from './app-0/rule.ts';
import app1 from './app-1/rule.ts';
import app2 from './app-2/rule.ts';
import app3 from './app-3/rule.ts';
import arc1 from './arc-1/rule.ts';
import cfg1 from './cfg-1/rule.ts';
import cfg2 from './cfg-2/rule.ts';
import cfg3 from './cfg-3/rule.ts';
import cfg4 from './cfg-4/rule.ts';
import cfg5 from './cfg-5/rule.ts';
import cmd1 from './cmd-1/rule.ts';
import cmd2 from './cmd-2/rule.ts';
import crn1 from './crn-1/rule.ts';
import dpl1 from './dpl-1/rule.ts';
import dpl2 from './dpl-2/rule.ts';
import dpl3 from './dpl-3/rule.ts';
import hpa1 from './hpa-1/rule.ts';
import hpa2 from './hpa-2/rule.ts';
import hpa3 from './hpa-3/rule.ts';
import hpa4 from './hpa-4/rule.ts';
import img1 from './img-1/rule.ts';
import img2 from './img-2/rule.ts';
import img3 from './img-3/rule.ts';
import img4 from './img-4/rule.ts';
import img5 from './img-5/rule.ts';
import job1 from './job-1/rule.ts';
import liv1 from './liv-1/rule.ts';
import liv2 from './liv-2/rule.ts';
import oom1 from './oom-1/rule.ts';
import oom2 from './oom-2/rule.ts';
import oom3 from './oom-3/rule.ts';
import oom4 from './oom-4/rule.ts';
import pdb1 from './pdb-1/rule.ts';
import podCrash from './pod-crash/rule.ts';
import rdy1 from './rdy-1/rule.ts';
import sec1 from './sec-1/rule.ts';
import stp1 from './stp-1/rule.ts';
import svc1 from './svc-1/rule.ts';
import svc2 from './svc-2/rule.ts';
import svc3 from './svc-3/rule.ts';
import svc4 from './svc-4/rule.ts';
import type { Rule } from './rule.ts';

/** Every built-in rule, in the order in which they are listed. */
export const builtinRules: readonly Rule[] = [
  oom1, oom2, oom3, oom4, liv1, liv2, stp1, cfg1, cfg2, cfg3, cfg4, cfg5, cmd1, cmd2, arc1, sec1, app0, app1, app2, app3, podCrash,
  rdy1,
  img1, img2, img3, img4, img5,
  svc1,
  svc2,
  svc3,
  svc4,
  dpl1,
  dpl2,
  dpl3,
  job1,
  crn1,
  pdb1,
  hpa1,
  hpa2,
  hpa3,
  hpa4,
]; // prettier-ignore
