"""The lens: circle of confusion and aperture shapes."""
