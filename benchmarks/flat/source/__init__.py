"""A Pulumi project that declares what SourceSide declares."""
