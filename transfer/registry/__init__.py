"""What is read of registries, and how they are signed in to."""
