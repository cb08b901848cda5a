"""Pulumi components: the only place in this program that creates resources."""

import gc

# The program creates tens of thousands of objects in a second and keeps nearly all of them. A garbage collection after
# every 700 objects would take a fifth of the time of the imports.
gc.set_threshold(100_000, 50, 50)
