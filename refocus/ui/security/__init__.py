"""What protects the server and its visitors: requests, uploads, the queue, and text that is shown."""
