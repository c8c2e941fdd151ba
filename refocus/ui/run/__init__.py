"""Running the pipeline for a session: background work, stopping, results."""
