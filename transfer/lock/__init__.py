"""The lock of images: from the list and the registry to what each run carries."""
