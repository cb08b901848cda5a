"""Notes: a form, a list, and a summary that a scheduled job writes."""
