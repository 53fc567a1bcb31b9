"""The Pulumi provider plugins, each session of an engine served by the one emulator."""
