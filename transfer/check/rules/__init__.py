"""Rules that judge the facts of a side."""
