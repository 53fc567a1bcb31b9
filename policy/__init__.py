"""A policy pack: what resources of a transfer must be like, checked by Pulumi's engine."""
