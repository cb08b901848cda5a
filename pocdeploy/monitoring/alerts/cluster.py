"""Alerts about the cluster: volumes, pods, certificates, and the monitoring itself."""

from __future__ import annotations

from pocdeploy.monitoring.alerts.alert import Alert

CLUSTER = (
    Alert(
        name="VolumeAlmostFull",
        severity="warning",
        wait="5m",
        summary="{{ $labels.namespace }}: {{ $labels.persistentvolumeclaim }} is {{ humanizePercentage $value }} full",
        expression="pocdeploy:volume_used:ratio > 0.8",
    ),
    Alert(
        name="VolumeFullSoon",
        severity="warning",
        wait="1h",
        summary="{{ $labels.namespace }}: {{ $labels.persistentvolumeclaim }} will be full within four days",
        # A half-empty volume may grow fast for an hour, for example during an import.
        expression="""
            predict_linear(pocdeploy:volume_used:bytes[6h], 4 * 86400)
            > on (namespace, persistentvolumeclaim) pocdeploy:volume_capacity:bytes
            and on (namespace, persistentvolumeclaim) pocdeploy:volume_used:ratio > 0.5
        """,
    ),
    Alert(
        name="CertificateExpiring",
        severity="warning",
        wait="1h",
        summary="The certificate of {{ $labels.cn }}{{ $labels.node }} ends in {{ $value | humanizeDuration }}",
        # Certificates of the gateway, and of kubelets, which renew theirs much earlier.
        expression="""
            min by (cn, sans) (traefik_tls_certs_not_after) - time() < 14 * 86400
            or min by (node) (kubelet_certificate_manager_client_ttl_seconds) < 7 * 86400
        """,
    ),
    Alert(
        name="PodCrashLooping",
        severity="warning",
        wait="5m",
        summary="{{ $labels.namespace }}: {{ $labels.pod }} ({{ $labels.container }}) starts again and again",
        expression="""
            max by (namespace, pod, container) (
              max_over_time(kube_pod_container_status_waiting_reason{reason="CrashLoopBackOff"}[5m])
            ) >= 1
        """,
    ),
    Alert(
        name="TargetMissing",
        severity="warning",
        wait="5m",
        summary="{{ $labels.job }}: Prometheus gets no metrics",
        expression="up == 0 or (pocdeploy:target:expected unless on (job) up)",
    ),
)
