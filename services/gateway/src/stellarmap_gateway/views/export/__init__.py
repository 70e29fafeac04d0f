"""What an account created, as files."""
