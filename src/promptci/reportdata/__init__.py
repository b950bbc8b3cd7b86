"""What a report page shows, gathered: both answers to every example, and what commits did."""
