"""What leaves Muster for others to receive: callbacks, mails, and links to files."""
