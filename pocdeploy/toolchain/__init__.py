"""The Pulumi CLI, kind and other programs: download or build them, and the environment in which Pulumi runs."""
