"""The pages for people, and the files they need. No page asks another host for anything."""
