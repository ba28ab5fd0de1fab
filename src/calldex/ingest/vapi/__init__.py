"""What Vapi sends: status updates and end-of-call reports, their proof of origin and their meaning."""
