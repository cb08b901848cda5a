"""Kubernetes on AWS: EKS with Auto Mode, and all around it that one stack needs.

Imported only for a stack that wants it: Pulumi's package for AWS is large, and installed by requirements-eks.txt alone.
"""
