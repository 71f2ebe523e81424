// Charts and CustomResourceDefinitions (cli/kit/charts.ts). Only these modules are downloaded, none that they require.
module cluster-security/tools/charts

go 1.26.4

require (
	github.com/bitnami/sealed-secrets v0.38.4
	github.com/cert-manager/cert-manager v1.21.1
	github.com/cilium/cilium v1.20.0
	github.com/goharbor/harbor-helm v1.19.1
	github.com/prometheus-operator/prometheus-operator v0.93.0
	github.com/vmware-tanzu/velero v1.18.2
	sigs.k8s.io/gateway-api v1.6.1
)
