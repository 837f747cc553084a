"""What MiniStack 1.5.33 gets wrong for us, a module for each of its parts. Each module's `apply` repairs it in the running process."""
