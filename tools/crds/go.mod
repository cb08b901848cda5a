// Pins the modules whose custom resource definitions the API server of the tests in tests/apiserver is given. Only
// their files are read, by `go mod download`; nothing is compiled, so `go mod tidy` would empty this file.
module pocdeploy/tools/crds

go 1.25

require (
	github.com/cloudnative-pg/cloudnative-pg v1.30.0
	github.com/cloudnative-pg/plugin-barman-cloud v0.15.0
	github.com/prometheus-operator/prometheus-operator v0.93.1
	sigs.k8s.io/karpenter v1.8.0
)
