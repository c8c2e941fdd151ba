"""The training loop that the diffusion recipes share: settings, samples, steps, checkpoints, validation."""
