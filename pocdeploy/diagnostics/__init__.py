"""Find problems: of this machine (doctor), of pods (explain) and of a deployed stack (validate)."""
