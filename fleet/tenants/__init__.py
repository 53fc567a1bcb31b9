"""Tenants: a folder of each, and a pair of stacks in it."""
