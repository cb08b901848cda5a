"""Commands that Pulumi has no verb for: one module each, whose `register(app)` the command line calls."""
