"""The source of an application: the copy with its patches, and its Dockerfile."""
