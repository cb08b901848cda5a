"""Pulumi components: the only place in this program that creates resources."""
