"""Faces and eyes: MediaPipe's full-range face detector."""
