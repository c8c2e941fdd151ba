"""The session's finished stacks."""
