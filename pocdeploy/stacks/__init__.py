"""Stacks of this machine: create, list, pause, resume, and repair the state of an interrupted run."""
