import { describe, expect, it } from 'vitest';
import { storedEvents } from '../../../src/core/labels/events.ts';
import { troubleshootingLabel } from '../../../src/core/labels/troubleshooting.ts';
import type { AnalyzedEvent } from '../../../src/core/model/event.ts';
import { fixtureOf, run } from '../analysis/run.ts';

const provenance = {
  captureId: 'capture-1',
  toolVersion: '1.0.0',
  rulesVersion: 'r1',
  qualityVersion: 'q1',
  clusterNames: new Map([['c01', 'staging']]),
};
const { records, coverage } = fixtureOf('OOM-1');
const [event] = run(records, { coverage }).events as [AnalyzedEvent];

describe('a troubleshooting label', () => {
  const label = troubleshootingLabel(event, provenance);

  it('answers with cause, impact and numbered steps, each with its command and how to verify it', () => {
    expect(label.answer).toMatchInlineSnapshot(`
      "Root cause: Container payments was terminated with reason OOMKilled and exit code 137. It needed more memory than its limit of 256Mi allows.
      Impact: the incident has lasted 2 min so far.
      Resolution:
      1. Compare the memory use before the kill with the limit; look for growth that never falls. Command: kubectl top pod --containers -n shop
         Verify: You know whether it is a leak or a limit that is too small.
      2. Raise the memory limit of container payments above the observed peak (at least +20 %), or fix the leak. Command: kubectl set resources deployment/payments -n shop -c payments --limits=memory=<peak + 20%>
         Verify: No new OOMKilled terminations appear."
    `);
  });

  it('cites in every statement only evidence that it has', () => {
    const ids = new Set(label.evidence.map(({ id }) => id));
    for (const { kind, evidence_ids } of label.segments) {
      if (kind !== 'filler') expect(evidence_ids.length).toBeGreaterThan(0);
      for (const id of evidence_ids) expect(ids).toContain(id);
    }
  });

  it('is dated by its newest evidence, and names where it comes from', () => {
    expect(label.timestamp).toBe(
      label.evidence
        .map(({ observed_at }) => observed_at)
        .sort()
        .at(-1),
    );
    expect(label).toMatchObject({
      cluster_id: 'staging',
      capture_id: 'capture-1',
      tool_version: '1.0.0',
      rules_version: 'r1',
      quality_version: 'q1',
      rule_ids: ['OOM-1'],
    });
  });

  it('has the same ids for the same incident of the same capture, and others for another capture', () => {
    expect(troubleshootingLabel(event, provenance).id).toBe(label.id);
    const other = troubleshootingLabel(event, { ...provenance, captureId: 'capture-2' });
    expect([other.id === label.id, other.incident_id === label.incident_id]).toEqual([false, false]);
  });

  it('describes the scenario without names', () => {
    expect(label.scenario).toBe('Deployment/container.terminated/memory');
  });
});

describe('the events of an incident', () => {
  const { events, correlations } = storedEvents(event, provenance);

  it('are its abnormal facts, the main one first, each correlated with it', () => {
    expect(events).toHaveLength(event.event.signals.length);
    expect(events[0]).toMatchObject({ type: event.event.mainEvent.type, cluster_id: 'staging', timestamp: event.event.mainEvent.at });
    expect(correlations.map(({ source_event_id, related_event_id }) => [source_event_id, related_event_id])).toEqual(
      events.slice(1).map(({ id }) => [events[0]?.id, id]),
    );
  });

  it('have unique ids, and say which of them are evidence', () => {
    const ids = [...events, ...correlations].map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { correlation_type, confidence } of correlations) expect(confidence).toBe(correlation_type === 'evidence' ? 0.9 : 0.5);
  });
});
