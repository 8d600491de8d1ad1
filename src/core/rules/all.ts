import adm1 from './adm-1/rule.ts';
import adm2 from './adm-2/rule.ts';
import adm3 from './adm-3/rule.ts';
import adm4 from './adm-4/rule.ts';
import adm5 from './adm-5/rule.ts';
import app0 from './app-0/rule.ts';
import app1 from './app-1/rule.ts';
import app2 from './app-2/rule.ts';
import app3 from './app-3/rule.ts';
import aps1 from './aps-1/rule.ts';
import arc1 from './arc-1/rule.ts';
import cas1 from './cas-1/rule.ts';
import cff1 from './cff-1/rule.ts';
import cfg1 from './cfg-1/rule.ts';
import cfg2 from './cfg-2/rule.ts';
import cfg3 from './cfg-3/rule.ts';
import cfg4 from './cfg-4/rule.ts';
import cfg5 from './cfg-5/rule.ts';
import cmd1 from './cmd-1/rule.ts';
import cmd2 from './cmd-2/rule.ts';
import cpu1 from './cpu-1/rule.ts';
import crn1 from './crn-1/rule.ts';
import crn2 from './crn-2/rule.ts';
import dep1 from './dep-1/rule.ts';
import dep2 from './dep-2/rule.ts';
import dep3 from './dep-3/rule.ts';
import dep4 from './dep-4/rule.ts';
import dns1 from './dns-1/rule.ts';
import dns2 from './dns-2/rule.ts';
import dpl1 from './dpl-1/rule.ts';
import dpl2 from './dpl-2/rule.ts';
import dpl3 from './dpl-3/rule.ts';
import dpl4 from './dpl-4/rule.ts';
import ds1 from './ds-1/rule.ts';
import etc1 from './etc-1/rule.ts';
import evi1 from './evi-1/rule.ts';
import evi2 from './evi-2/rule.ts';
import fsp1 from './fsp-1/rule.ts';
import hpa1 from './hpa-1/rule.ts';
import hpa2 from './hpa-2/rule.ts';
import hpa3 from './hpa-3/rule.ts';
import hpa4 from './hpa-4/rule.ts';
import img1 from './img-1/rule.ts';
import img2 from './img-2/rule.ts';
import img3 from './img-3/rule.ts';
import img4 from './img-4/rule.ts';
import img5 from './img-5/rule.ts';
import ing1 from './ing-1/rule.ts';
import ing2 from './ing-2/rule.ts';
import ini1 from './ini-1/rule.ts';
import ini2 from './ini-2/rule.ts';
import job1 from './job-1/rule.ts';
import lbr1 from './lbr-1/rule.ts';
import lel1 from './lel-1/rule.ts';
import liv1 from './liv-1/rule.ts';
import liv2 from './liv-2/rule.ts';
import log1 from './log-1/rule.ts';
import mem1 from './mem-1/rule.ts';
import mig1 from './mig-1/rule.ts';
import mnt1 from './mnt-1/rule.ts';
import msh1 from './msh-1/rule.ts';
import net1 from './net-1/rule.ts';
import net2 from './net-2/rule.ts';
import nod1 from './nod-1/rule.ts';
import nod2 from './nod-2/rule.ts';
import nod3 from './nod-3/rule.ts';
import nod4 from './nod-4/rule.ts';
import nod5 from './nod-5/rule.ts';
import nod6 from './nod-6/rule.ts';
import nod7 from './nod-7/rule.ts';
import oom1 from './oom-1/rule.ts';
import oom2 from './oom-2/rule.ts';
import oom3 from './oom-3/rule.ts';
import oom4 from './oom-4/rule.ts';
import pdb1 from './pdb-1/rule.ts';
import pdb2 from './pdb-2/rule.ts';
import podCrash from './pod-crash/rule.ts';
import pol1 from './pol-1/rule.ts';
import prt1 from './prt-1/rule.ts';
import pvc1 from './pvc-1/rule.ts';
import pvc2 from './pvc-2/rule.ts';
import pvc3 from './pvc-3/rule.ts';
import pvc4 from './pvc-4/rule.ts';
import pvc5 from './pvc-5/rule.ts';
import pvc6 from './pvc-6/rule.ts';
import rat1 from './rat-1/rule.ts';
import rba1 from './rba-1/rule.ts';
import rdy1 from './rdy-1/rule.ts';
import rdy2 from './rdy-2/rule.ts';
import resourceUtilization from './resource-utilization/rule.ts';
import rte1 from './rte-1/rule.ts';
import type { Rule } from './rule.ts';
import sat1 from './sat-1/rule.ts';
import sch1 from './sch-1/rule.ts';
import sch2 from './sch-2/rule.ts';
import sch3 from './sch-3/rule.ts';
import sch4 from './sch-4/rule.ts';
import sch5 from './sch-5/rule.ts';
import sch6 from './sch-6/rule.ts';
import sch7 from './sch-7/rule.ts';
import sch8 from './sch-8/rule.ts';
import sch9 from './sch-9/rule.ts';
import sch11 from './sch-11/rule.ts';
import sch12 from './sch-12/rule.ts';
import scr1 from './scr-1/rule.ts';
import sec1 from './sec-1/rule.ts';
import sec2 from './sec-2/rule.ts';
import sid1 from './sid-1/rule.ts';
import stp1 from './stp-1/rule.ts';
import svc1 from './svc-1/rule.ts';
import svc2 from './svc-2/rule.ts';
import svc3 from './svc-3/rule.ts';
import svc4 from './svc-4/rule.ts';
import svc5 from './svc-5/rule.ts';
import term1 from './term-1/rule.ts';
import tls1 from './tls-1/rule.ts';
import trm1 from './trm-1/rule.ts';
import usg1 from './usg-1/rule.ts';
import vol1 from './vol-1/rule.ts';
import vol2 from './vol-2/rule.ts';
import vol3 from './vol-3/rule.ts';
import vol4 from './vol-4/rule.ts';
import vpa1 from './vpa-1/rule.ts';

/** Every built-in rule, in the order in which they are listed. */
export const builtinRules: readonly Rule[] = [
  oom1,
  oom2,
  oom3,
  oom4,
  mem1,
  cpu1,
  vpa1,
  liv1,
  liv2,
  stp1,
  cfg1,
  cfg2,
  cfg3,
  cfg4,
  cfg5,
  cmd1,
  cmd2,
  arc1,
  mnt1,
  sec1,
  sec2,
  app0,
  app1,
  app2,
  app3,
  podCrash,
  resourceUtilization,
  rdy1,
  rdy2,
  dep1,
  dep2,
  dep3,
  dep4,
  dns1,
  dns2,
  tls1,
  prt1,
  fsp1,
  rba1,
  sat1,
  pol1,
  rat1,
  mig1,
  cff1,
  scr1,
  usg1,
  lel1,
  aps1,
  etc1,
  ini1,
  ini2,
  term1,
  log1,
  img1,
  img2,
  img3,
  img4,
  img5,
  sch1,
  sch2,
  sch3,
  sch4,
  sch5,
  sch6,
  sch7,
  sch8,
  sch9,
  sch11,
  sch12,
  cas1,
  pvc1,
  pvc2,
  pvc3,
  pvc4,
  pvc5,
  pvc6,
  vol1,
  vol2,
  vol3,
  vol4,
  svc1,
  svc2,
  svc3,
  svc4,
  svc5,
  ing1,
  ing2,
  rte1,
  msh1,
  net1,
  net2,
  lbr1,
  nod1,
  nod2,
  nod3,
  nod4,
  nod5,
  nod6,
  nod7,
  evi1,
  evi2,
  adm1,
  adm2,
  adm3,
  adm4,
  adm5,
  ds1,
  dpl1,
  dpl2,
  dpl3,
  dpl4,
  trm1,
  sid1,
  job1,
  crn1,
  crn2,
  pdb1,
  pdb2,
  hpa1,
  hpa2,
  hpa3,
  hpa4,
]; // prettier-ignore
