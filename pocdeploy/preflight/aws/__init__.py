"""Checks of AWS that create nothing: costs, public address, and problems of the account."""
