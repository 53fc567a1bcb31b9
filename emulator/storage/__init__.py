"""Storage accounts: Azurite, and the front that adds what it lacks."""
