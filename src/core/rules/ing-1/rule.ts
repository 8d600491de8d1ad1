import { brokenReferences } from '../../state/ingress.ts';
import { objectOf } from '../../state/lookups.ts';
import { citeField, citeSignal, idsOf, inference, observation, present, type Rule, signalsOf, step, target } from '../rule.ts';

/** An Ingress names an IngressClass that does not exist: no controller serves it. */
export default {
  id: 'ING-1',
  version: 1,
  title: 'IngressClass does not exist',
  reasons: ['IngressClassNotFound'],
  maturity: 'experimental',
  kinds: ['Ingress'],
  references: ['networking.k8s.io/v1 IngressSpec.ingressClassName'],
  falsePositives: ['the classes gce and gce-internal need no object', 'classes that were not recorded: nothing is said then'],
  knownGaps: ['the annotation kubernetes.io/ingress.class names a controller, not an object'],
  match(incident, state) {
    return signalsOf(incident, 'state', { field: 'references' }).flatMap((signal) => {
      const ingress = objectOf(state, signal.ref);
      const broken = ingress && brokenReferences(state, ingress.object).find(({ kind }) => kind === 'class');
      if (ingress === undefined || broken === undefined) return [];
      return [
        {
          reason: 'IngressClassNotFound' as const,
          subject: ingress.ref,
          confidence: 0.7,
          evidence: present(citeField(ingress, broken.pointer, 'the class that it asks for'), citeSignal(signal, 'the Ingress')),
          facts: { ingress: ingress.ref.name, name: broken.name },
        },
      ];
    });
  },
  describe(claim) {
    const { ingress, name } = claim.facts;
    return {
      rootCause: [
        observation(`Ingress ${ingress} asks for the class ${name}.`, idsOf(claim, 0)),
        inference('No IngressClass has that name, so no controller serves the Ingress.', idsOf(claim)),
      ],
      steps: [
        step('See which classes there are.', 'You know the right name, or that no controller is installed.', {
          command: 'kubectl get ingressclasses',
          risk: 'none',
        }),
        step('Correct ingressClassName, or install the controller that brings the class.', 'The Ingress gets an address.', {
          command: `kubectl edit ${target(claim.subject)}`,
          risk: 'medium',
        }),
      ],
    };
  },
} satisfies Rule;
