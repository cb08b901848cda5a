"""Code that several components use."""
