"""Looks for what would make a transfer fail, before it does."""
