"""Model weights: repositories and revisions, the hub and its cache, and checks of the files on disk."""
