"""Find out from its text files what an application needs, without running anything of it."""
