"""Azure on one machine: its control plane, emulated, above real blobs and real registries."""
