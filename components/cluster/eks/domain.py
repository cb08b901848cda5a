"""Domain: a certificate for the applications' hosts, and the DNS records that lead to the load balancer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_aws import acm, lb, route53

from components.shared import base


@dataclass(frozen=True, kw_only=True)
class DomainArgs:
    """Inputs of the domain."""

    zone: str
    """Name of the public hosted zone."""
    hosts: Sequence[str]
    """Hosts of the certificate."""
    region: str
    """Region of the load balancer."""


class Domain(base.Component):
    """A certificate of ACM, validated by DNS records in the hosted zone."""

    certificate_arn: pulumi.Output[str]
    """Known after the certificate is valid."""

    def __init__(self, name: str, args: DomainArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("cluster", name, opts)
        self._name_of = name
        self._region = args.region
        self._zone_id = route53.get_zone_output(
            name=args.zone, private_zone=False, opts=pulumi.InvokeOutputOptions(parent=self)
        ).zone_id
        first, *others = args.hosts
        certificate = acm.Certificate(
            name,
            domain_name=first,
            subject_alternative_names=others,
            validation_method="DNS",
            opts=self.child(),
        )
        validations = [self._validation(host, certificate) for host in args.hosts]
        valid = acm.CertificateValidation(
            name,
            certificate_arn=certificate.arn,
            validation_record_fqdns=[record.fqdn for record in validations],
            opts=self.child(custom_timeouts=pulumi.CustomTimeouts(create="20m")),
        )
        self.certificate_arn = valid.certificate_arn
        self.register_outputs({"certificate_arn": self.certificate_arn})

    def publish(self, hosts: Sequence[str], address: pulumi.Input[str], after: Sequence[pulumi.Resource]) -> None:
        """Create records from the hosts to a load balancer: aliases, which are free and allowed at the top of a zone.

        The records are created last, after what they lead to, and therefore deleted first.
        """
        zone = lb.get_hosted_zone_id_output(
            load_balancer_type="network", region=self._region, opts=pulumi.InvokeOutputOptions(parent=self)
        )
        for host in hosts:
            route53.Record(
                f"{self._name_of}-{host}",
                zone_id=self._zone_id,
                name=host,
                type="A",
                aliases=[{"name": address, "zone_id": zone.id, "evaluate_target_health": True}],
                opts=self.child(depends_on=after),
            )

    def _validation(self, host: str, certificate: acm.Certificate) -> route53.Record:
        option = certificate.domain_validation_options.apply(lambda options: _option_of(host, options))
        return route53.Record(
            f"{self._name_of}-{host}-proof",
            zone_id=self._zone_id,
            name=option.apply(lambda it: it.resource_record_name),
            type=option.apply(lambda it: it.resource_record_type),
            records=[option.apply(lambda it: it.resource_record_value)],
            ttl=60,
            # A host and its wildcard, or an earlier certificate, have the same validation record.
            allow_overwrite=True,
            opts=self.child(),
        )


def _option_of(host: str, options: Sequence[Any]) -> Any:
    return next(option for option in options if option.domain_name == host)
