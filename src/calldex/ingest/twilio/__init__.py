"""What Twilio sends: status, recording and conference callbacks, their signature and their meaning."""
