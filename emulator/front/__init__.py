"""The https address of the cloud: Resource Manager, sign-in, key vaults."""
