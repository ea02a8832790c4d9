"""Raw attempts, one row each, counted per problem by DuckDB without loading them. No meaning of scores here."""
