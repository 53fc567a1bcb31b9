"""Gets the Pulumi engine and the other programs that acr-transfer runs; standard library only."""
