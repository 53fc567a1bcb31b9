"""Container registries: crane, and the front that signs in and remembers manifests."""
