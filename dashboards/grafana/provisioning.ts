import { stringify } from 'yaml'

/** What a Grafana reads at its start: where Prometheus is, and where the dashboards are. */

export interface ProvisioningOptions {
  /** As Grafana reaches it. */
  readonly prometheusUrl: string
  /** Where Grafana finds the built JSON. */
  readonly dashboardsFolder: string
}

/** The address and folder inside a stack; the compose definition mounts the files there. */
export const stackProvisioning: ProvisioningOptions = {
  prometheusUrl: 'http://prometheus:9090',
  dashboardsFolder: '/etc/grafana/dashboards',
}

export const datasourceUid = 'chat-lab'

/** Paths below Grafana's provisioning folder, with their texts. */
export function provisioning(options: ProvisioningOptions): ReadonlyMap<string, string> {
  const datasource = {
    apiVersion: 1,
    prune: true,
    datasources: [
      {
        name: 'Prometheus',
        uid: datasourceUid,
        type: 'prometheus',
        access: 'proxy',
        url: options.prometheusUrl,
        isDefault: true,
        editable: false,
        // The scrape interval: Grafana makes the window of rates of it.
        jsonData: { httpMethod: 'POST', timeInterval: '1s', prometheusType: 'Prometheus' },
      },
    ],
  }
  const provider = {
    apiVersion: 1,
    providers: [
      {
        name: 'chat-lab',
        folder: 'Chat lab',
        type: 'file',
        disableDeletion: true,
        allowUiUpdates: false,
        updateIntervalSeconds: 60,
        options: { path: options.dashboardsFolder, foldersFromFilesStructure: false },
      },
    ],
  }
  return new Map([
    ['datasources/chat-lab.yaml', stringify(datasource)],
    ['dashboards/chat-lab.yaml', stringify(provider)],
  ])
}
