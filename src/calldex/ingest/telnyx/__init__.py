"""What Telnyx sends: the webhooks of its Voice API, their signature and their meaning."""
