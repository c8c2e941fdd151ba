"""The video-diffusion engine (Learning to Refocus)."""
