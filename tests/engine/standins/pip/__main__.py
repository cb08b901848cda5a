"""Test equipment: pip's list of packages as pip itself has given it once, in the file that ``ENGINE_TESTS_PIP`` names.

The language host asks for it before every run, and pip needs half a second of processor time to answer, hundreds of
times for the same virtualenv. Everything else is asked of pip.
"""

import os
import subprocess
import sys
from pathlib import Path

asked = sys.argv[1:]
if asked == ["list", "-v", "--format", "json"]:
    sys.stdout.write(Path(os.environ["ENGINE_TESTS_PIP"]).read_text("utf-8"))
else:
    own = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    sys.exit(subprocess.run([sys.executable, "-m", "pip", *asked], env=own, check=False).returncode)
