"""``python -m pocdeploy``."""

from pocdeploy.cli import app

app(prog_name="pocdeploy")
