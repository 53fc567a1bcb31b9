"""The resources of both sides without components: what the components are measured against."""
