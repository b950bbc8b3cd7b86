"""Keys kept out of what is shown, and untrusted text made safe to show."""
