"""The parts that __main__.py assembles into a stack."""
