import type { AnalyzedEvent } from '../model/event.ts';
import type { Label } from '../model/label.ts';
import type { Provenance } from './provenance.ts';
import { troubleshootingLabel } from './troubleshooting.ts';

/** The labels of one analyzed event. */
export function labelsOf(event: AnalyzedEvent, provenance: Provenance): Label[] {
  return [troubleshootingLabel(event, provenance)];
}
