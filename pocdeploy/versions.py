"""Every version that is pinned outside requirements.txt, one constant a line, for people and for Renovate."""

from __future__ import annotations

# renovate: datasource=github-releases depName=kubernetes-sigs/kind
KIND = "v0.33.0"
# CloudNativePG 1.30 supports Kubernetes 1.34 to 1.36, so not Kind's own default. Digest: release notes of Kind v0.33.0.
NODE_IMAGE = "kindest/node:v1.36.4@sha256:099e049362a1526b2db71494e1947aae99bd16290d7c895f2b7ea312e3cbfaed"
# renovate: datasource=github-releases depName=pulumi/pulumi
PULUMI = "3.250.0"
# renovate: datasource=docker depName=registry
REGISTRY_IMAGE = "registry:3"
# renovate: datasource=helm depName=cloudnative-pg registryUrl=https://cloudnative-pg.github.io/charts
CHART_CLOUDNATIVE_PG = "0.29.0"
# renovate: datasource=helm depName=traefik registryUrl=https://traefik.github.io/charts
CHART_TRAEFIK = "41.3.0"
# renovate: datasource=helm depName=kube-prometheus-stack registryUrl=https://prometheus-community.github.io/helm-charts
CHART_KUBE_PROMETHEUS_STACK = "88.5.3"
# renovate: datasource=docker depName=busybox
BUSYBOX = "1.37.0"
# renovate: datasource=helm depName=metrics-server registryUrl=https://kubernetes-sigs.github.io/metrics-server
CHART_METRICS_SERVER = "3.13.1"
# renovate: datasource=helm depName=headlamp registryUrl=https://kubernetes-sigs.github.io/headlamp
CHART_HEADLAMP = "0.45.0"
# renovate: datasource=docker depName=valkey/valkey
VALKEY_IMAGE = "valkey/valkey:8.1.9-alpine@sha256:a038175878d66b9d274fbf8be73c0305e93798b83917647f167e18cef3c71eec"
# renovate: datasource=docker depName=nginxinc/nginx-unprivileged
NGINX_IMAGE = (
    "nginxinc/nginx-unprivileged:stable-alpine-slim"
    "@sha256:3af0c10d960cc2502427fe1219c52989d309e7d65596869c60a34fd2fa2406f0"
)
# renovate: datasource=helm depName=plugin-barman-cloud registryUrl=https://cloudnative-pg.github.io/charts
CHART_PLUGIN_BARMAN_CLOUD = "0.7.0"
# Tag of the plugin's two images; newer than the one that its chart names.
# renovate: datasource=github-releases depName=cloudnative-pg/plugin-barman-cloud
BARMAN_CLOUD = "v0.15.0"
# renovate: datasource=docker depName=ghcr.io/versity/versitygw
VERSITYGW_IMAGE = "ghcr.io/versity/versitygw:v1.8.0"
# renovate: datasource=docker depName=ghcr.io/cloudnative-pg/postgresql
POSTGRESQL_MAJOR = 18
POSTGRESQL_REPOSITORY = "ghcr.io/cloudnative-pg/postgresql"
# CloudNativePG's catalog of minimal images, https://github.com/cloudnative-pg/artifacts/tree/main/image-catalogs.
POSTGRESQL_IMAGES = {
    14: "ghcr.io/cloudnative-pg/postgresql:14.24-202608170814-minimal-trixie"
    "@sha256:3fcf3e50b69e3ab7f6026ab958f685efcf46fe3b23e813b65793393302013d1f",
    15: "ghcr.io/cloudnative-pg/postgresql:15.19-202608170814-minimal-trixie"
    "@sha256:67b23fdf6dbf3d5bc5dc42cdbc5d292375582b1fe378c1dc69eb51c6fbc57730",
    16: "ghcr.io/cloudnative-pg/postgresql:16.15-202608170814-minimal-trixie"
    "@sha256:e3041d59a94c072fa2fd4436b82ecdf34afc9d38c8cf2b836b009b09a1744c63",
    17: "ghcr.io/cloudnative-pg/postgresql:17.11-202608170816-minimal-trixie"
    "@sha256:445ead3fd811466950a002b682a97c2a4907078b46fae8796b6637a763266a07",
    18: "ghcr.io/cloudnative-pg/postgresql:18.6-202608170814-minimal-trixie"
    "@sha256:eb7979e4bd7fccaec0369b550b9649eec1f014de04621fac6e653244e75cca46",
}
