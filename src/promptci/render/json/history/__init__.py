"""What commits recorded."""
