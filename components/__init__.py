"""Pulumi components: the only place in this program that creates resources."""

import gc

# The program makes tens of thousands of objects in a second and drops next to none of them: looking for garbage every
# 700 of them takes a fifth of the time of the imports.
gc.set_threshold(100_000, 50, 50)
