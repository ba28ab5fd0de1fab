"""What Retell AI sends: the webhooks of a voice agent's calls, their signature and their meaning."""
