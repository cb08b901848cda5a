"""What a stack is that says nothing: the one place in the code that names an application."""

APP = "polls"
"""The application of a stack that names none; Pulumi.yaml says the same to Pulumi."""
