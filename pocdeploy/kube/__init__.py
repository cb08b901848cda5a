"""Kubernetes: the client of a cluster's API, kubeconfigs, logs of pods and one-off Jobs."""
