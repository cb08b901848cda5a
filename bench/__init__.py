"""Measurements, each against a reference in the same run: ``make bench``. No part of the tests, and nothing fails."""
