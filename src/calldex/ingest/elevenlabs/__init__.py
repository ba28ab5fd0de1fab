"""What ElevenLabs sends: the webhooks after a call of its agents, their signature and their meaning."""
