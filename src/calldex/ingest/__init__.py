"""What we hear: one folder per sender, each pure. Nothing here answers requests or keeps records."""
