"""What Whippy sends: the webhooks of its calls in both known shapes, their signature and their meaning."""
