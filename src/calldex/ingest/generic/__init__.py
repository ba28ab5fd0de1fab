"""Our own call event, for senders that no other folder here knows: signed by Standard Webhooks, in our words."""
