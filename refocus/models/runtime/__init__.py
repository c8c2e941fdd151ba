"""What the engines run on: devices, jobs and a model that users share."""
