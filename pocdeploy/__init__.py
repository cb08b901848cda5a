"""The pure half of pocdeploy: settings, patches, tools and checks. Nothing in here imports pulumi."""

__version__ = "0.1.0"
