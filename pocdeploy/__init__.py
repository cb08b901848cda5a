"""The pure half of pocdeploy: settings, patches, tools and checks. Nothing in here imports pulumi."""
