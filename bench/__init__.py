"""What a page costs, measured over real HTTP against the embedded server, beside the same bytes from memory."""
