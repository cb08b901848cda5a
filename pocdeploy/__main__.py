"""``python -m pocdeploy``."""

from pocdeploy.cli.app import run

run()
