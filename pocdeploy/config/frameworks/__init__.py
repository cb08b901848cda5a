"""Frameworks as data: one YAML file for each, with how a source is recognised and the defaults of its settings."""

from pocdeploy.config.frameworks.catalog import NONE, Condition, Framework, FrameworkName, Variant, get, names
from pocdeploy.config.frameworks.defaults import own_files, with_defaults
from pocdeploy.config.frameworks.recognition import recognise

__all__ = [
    "NONE",
    "Condition",
    "Framework",
    "FrameworkName",
    "Variant",
    "get",
    "names",
    "own_files",
    "recognise",
    "with_defaults",
]
