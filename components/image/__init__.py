"""The image of an application."""

from components.image.component import AppImage, AppImageArgs, Source

__all__ = ["AppImage", "AppImageArgs", "Source"]
