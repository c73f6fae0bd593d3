/** Makes a Swarm of one node that nobody but this machine reaches. */
import type { Daemon } from '../docker/daemon.ts'

const loopback = '127.0.0.1'
const bridgeName = 'docker_gwbridge'
const bindingOption = 'com.docker.network.bridge.host_binding_ipv4'
/** Apart from Docker's own pools, which a new overlay network may otherwise overlap with. */
const bridgeSubnet = '172.31.251.0/24'
export const overlayPool = '10.77.0.0/16'
export const subnetBits = 24

export const initCommand = `docker swarm init --advertise-addr ${loopback} --listen-addr ${loopback} --default-addr-pool ${overlayPool}`

/**
 * The bridge first: Swarm makes it when it is not there, and then binds published ports to every address, for it has no
 * field to say which. Rejects with the daemon's error.
 */
export async function initSwarm({ api }: Daemon): Promise<void> {
  const networks = (await api.listNetworks()) as { readonly Name: string }[]
  if (!networks.some(({ Name }) => Name === bridgeName))
    await api.createNetwork({
      Name: bridgeName,
      Driver: 'bridge',
      IPAM: { Driver: 'default', Config: [{ Subnet: bridgeSubnet }] },
      Options: {
        'com.docker.network.bridge.name': bridgeName,
        'com.docker.network.bridge.enable_icc': 'false',
        'com.docker.network.bridge.enable_ip_masquerade': 'true',
        [bindingOption]: loopback,
      },
    })
  await api.swarmInit({
    ListenAddr: `${loopback}:2377`,
    AdvertiseAddr: loopback,
    DefaultAddrPool: [overlayPool],
    // The program fills this in; the daemon takes 0 for the size, and then gives no network an address.
    SubnetSize: subnetBits,
  })
}

/** Whether ports published in host mode on this daemon's node are for this machine only. */
export async function publishesOnLoopback({ api }: Daemon): Promise<boolean> {
  const bridge = (await api.getNetwork(bridgeName).inspect()) as { readonly Options?: Readonly<Record<string, string>> }
  return bridge.Options?.[bindingOption] === loopback
}
