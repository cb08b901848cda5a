"""The policy pack. Its rules are plain functions in `rules`, which do not need Pulumi."""
