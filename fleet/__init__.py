"""A pair of stacks for each tenant, and what is done with many of them at once."""
