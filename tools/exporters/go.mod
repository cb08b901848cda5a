// Pins the exporters whose sources say which metrics there are. Only their files are read, by `go mod download`; nothing is
// compiled, so `go mod tidy` would empty this file.
module pocdeploy/tools/exporters

go 1.26.0

require (
	github.com/google/cadvisor v0.56.2
	github.com/prometheus/node_exporter v1.12.1
	github.com/traefik/traefik/v3 v3.7.11
	k8s.io/kube-state-metrics/v2 v2.20.0
)
