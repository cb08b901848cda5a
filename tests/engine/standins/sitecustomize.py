"""Test equipment: the program's SDK tells the engine nothing at the level of debugging, unless it is asked to.

It has three hundred such messages in each run, sends them one by one and waits for each: an eighth of a run's processor
time, for what only a verbose log shows. ``ENGINE_TESTS_DEBUG`` lets them through, for the test that reads that log.
"""

import os
import sys

if "ENGINE_TESTS_DEBUG" not in os.environ and any("pulumi-language-python-exec" in it for it in sys.orig_argv):
    from pulumi import log

    log.debug = lambda *_, **__: None
