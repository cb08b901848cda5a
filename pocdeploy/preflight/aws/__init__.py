"""What can be said about AWS without making anything there: prices, this machine's address, and what is missing."""
