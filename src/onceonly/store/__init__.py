"""PostgreSQL: one statement for every fact, and nobody else speaks SQL."""
