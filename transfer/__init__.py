"""Carry blobs from the source's container to the target's, and verify what arrived."""
