"""The policy pack; the rules themselves are plain functions in `rules`, and need no Pulumi."""
