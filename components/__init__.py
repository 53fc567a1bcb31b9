"""Both sides of a transfer as Pulumi components; elsewhere this package is `acr_transfer`."""
