"""The copy of blobs from one container to another, or over a folder."""
