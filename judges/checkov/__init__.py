"""A judge of what the sides make: Checkov, over two forms of it that Checkov can read."""
