"""The way in which a pipeline run fails."""


class TransferError(Exception):
    """A run ends as Failed; the text is the run's `pipelineRunErrorMessage` and holds no secret."""
