"""``python -m pocdeploy``."""

from pocdeploy.cli.app import app

app(prog_name="pocdeploy")
