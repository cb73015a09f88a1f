"""What asset definitions share: platform, IO manager, partitions, checks, metadata."""
