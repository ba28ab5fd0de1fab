"""What makes documents of the program. Nothing here is shipped."""
