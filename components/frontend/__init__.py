"""The web application: its secrets, the Jobs before each release, its Deployment and its route at the gateway."""

from components.frontend.component import Frontend, FrontendArgs

__all__ = ["Frontend", "FrontendArgs"]
