"""Create the cluster of a stack on AWS, after the facts that are needed first have been found."""

from __future__ import annotations

import pulumi

from components.cluster.eks.component import EksCluster, EksClusterArgs
from pocdeploy.config import EksSettings, Settings
from pocdeploy.errors import PocdeployError
from pocdeploy.preflight.aws import cost, public_ip


def create(eks: EksSettings, settings: Settings, *, has_store_credentials: bool) -> EksCluster:
    """Create the cluster. ``has_store_credentials``: its databases need no role for the store of backups.

    Raises:
        pulumi.RunError: this machine's address is needed and cannot be found. Nothing has been registered then.
    """
    try:
        public_cidrs = eks.public_access_cidrs or (public_ip.own_network(),)
    except PocdeployError as error:
        raise pulumi.RunError(str(error)) from None
    args = EksClusterArgs(
        settings=eks,
        apps=list(settings.apps),
        hosts=settings.hosts,
        public_cidrs=public_cidrs,
        cost=cost.sentence(eks, volumes=settings.volumes),
        metrics_server_chart=settings.charts.metrics_server,
        backups=settings.backups if settings.keeps_backups and not has_store_credentials else None,
        databases={name: app.own_database for name, app in settings.apps.items() if app.own_database},
    )
    return EksCluster(eks.name, args)
