"""Benchmarks: ``make bench``. Each is compared with a reference of the same run. A missed goal is not a failure."""
