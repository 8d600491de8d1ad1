import { describe, expect, it } from 'vitest';
import { parseSandboxFailure } from '../../../src/core/rules/sandbox-message.ts';

const head = 'Failed to create pod sandbox: rpc error: code = Unknown desc = ';

describe('a pod sandbox failure', () => {
  it.each([
    [
      'aws-cni',
      'failed to setup network for sandbox "1f": plugin type="aws-cni" name="aws-cni" failed (add): add cmd: failed to assign an IP address to container',
    ],
    [
      'host-local',
      'failed to setup network for sandbox "1f": plugin type="bridge" failed (add): failed to allocate for range 0: no IP addresses available in range set: 10.244.1.1-10.244.1.254',
    ],
    [
      'calico',
      'failed to setup network for sandbox "1f": plugin type="calico" failed (add): failed to request IPv4 addresses: Assigned 0 out of 1 requested IPv4 addresses; No more free affine blocks and strict affinity enabled',
    ],
    [
      'cilium',
      'failed to setup network for sandbox "1f": plugin type="cilium-cni" failed (add): unable to allocate IP via local cilium agent: [POST /ipam][502] postIpamFailure "range is full"',
    ],
    [
      'azure',
      'failed to setup network for sandbox "1f": plugin type="azure-vnet" failed (add): IPAM Invoke failed with error: Failed to allocate address: No available addresses',
    ],
    ['whereabouts', 'error adding container to network "storage": error at storage engine: Could not allocate IP in range: ip: 10.1.0.1'],
  ])('of %s for want of an address', (_, message) => {
    expect(parseSandboxFailure(`${head}${message}`)?.kind).toBe('address');
  });

  it.each([
    [
      'docker',
      'failed to set up sandbox container "1f" network for pod "web-0": networkPlugin cni failed to set up pod "web-0_shop" network: netplugin failed with no error message',
    ],
    [
      'flannel',
      'failed to setup network for sandbox "1f": plugin type="flannel" failed (add): loadFlannelSubnetEnv failed: open /run/flannel/subnet.env: no such file or directory',
    ],
    [
      'multus',
      'failed to create pod network sandbox k8s_web-0: error adding pod shop_web-0 to CNI network "multus-cni-network": CmdAdd (shim): CNI request failed with status 400',
    ],
    [
      'a node without configuration',
      'network is not ready: container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:docker: network plugin is not ready: cni config uninitialized',
    ],
  ])('of %s by the plugin', (_, message) => {
    expect(parseSandboxFailure(`${head}${message}`)?.kind).toBe('network');
  });

  it.each([
    'failed to get sandbox image "registry.k8s.io/pause:3.9": failed to pull image',
    'failed to create containerd task: failed to create shim task: OCI runtime create failed: unable to apply cgroup configuration',
    'no runtime for "kata" is configured',
  ])('of another kind is left alone: %s', (message) => {
    expect(parseSandboxFailure(`${head}${message}`)).toBeUndefined();
  });
});
