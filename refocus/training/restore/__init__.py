"""Makes the weights of the restoring network; not used by the app. See README.md in this folder."""
