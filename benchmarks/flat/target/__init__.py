"""A Pulumi project that declares what TargetSide declares."""
