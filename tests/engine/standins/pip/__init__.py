"""Test equipment, first in the path of the language host: see ``__main__``."""
