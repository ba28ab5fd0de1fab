"""What a question costs: a written list of them, asked over HTTP, beside two ceilings and what else one could use."""
