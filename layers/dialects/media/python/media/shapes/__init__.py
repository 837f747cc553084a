"""What links to files hold."""
