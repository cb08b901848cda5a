"""Django's PostgreSQL backend that also knows how many connections are open."""
