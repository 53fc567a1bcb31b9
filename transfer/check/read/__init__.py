"""Reads the facts of a side from Azure."""
