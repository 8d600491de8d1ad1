const noAddress = [
  /failed to assign an IP address to container/i,
  /no (?:more )?(?:IPs?|IP addresses|addresses|IPv[46] addresses) (?:are )?(?:available|left|free)/i,
  /no (?:more )?(?:available|free) (?:IPs?|addresses|IP addresses|IPv[46] addresses|(?:affine )?blocks)/i,
  /range is full|subnet (?:is )?full|AddressPoolFull|NoAvailable(?:IP)?Address(?:es)?|IP ?pool (?:is )?(?:full|exhausted)/i,
  /Assigned 0 out of \d+ requested IPv[46] addresses/i,
  /could not allocate IP in range|no (?:configured Calico|enabled) pools|InsufficientFreeAddressesInSubnet|InsufficientCidrBlocks/i,
];

const network =
  /network for (?:pod|sandbox)|\bnetwork ?plugin|netplugin|\bcni\b|plugin type="|set ?up (?:pod|sandbox)(?: sandbox)?(?: container)?[^:]{0,160} network|NetworkPluginNotReady|NetworkReady=false|network is not ready|CmdAdd|failed to (?:set ?up|configure) (?:pod )?(?:network|interface)/i;

/** A pod sandbox that got no network: for want of an address, or because the network plugin failed. Undefined for other texts. */
export function parseSandboxFailure(message: string): { kind: 'address' | 'network'; plugin: string } | undefined {
  const plugin =
    /plugin type="([^"]{1,80})"/.exec(message)?.[1] ??
    /\b(calico|flannel|cilium|aws-cni|azure|weave|multus|ovn-kubernetes|kindnet|canal|antrea)\b/i.exec(message)?.[1] ??
    '';
  if (noAddress.some((pattern) => pattern.test(message))) return { kind: 'address', plugin };
  return network.test(message) ? { kind: 'network', plugin } : undefined;
}
