"""Tables before their columns have a meaning: in memory, by file format, and compressed."""
