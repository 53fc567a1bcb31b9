"""The one comment of a pull request, made of the records that earlier steps have left."""
