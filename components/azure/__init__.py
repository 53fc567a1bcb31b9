"""What makes resources in Azure, and what looks them up."""
