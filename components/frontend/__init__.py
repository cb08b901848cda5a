"""The web application: secrets, Jobs before each release, Deployment, and its place at the gateway."""

from components.frontend.component import Frontend, FrontendArgs

__all__ = ["Frontend", "FrontendArgs"]
