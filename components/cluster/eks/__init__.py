"""A Kubernetes cluster on AWS: EKS with Auto Mode, and the AWS resources that it needs.

Imported only for stacks on EKS, because Pulumi's package for AWS is large. requirements-eks.txt installs it.
"""
