"""How fast an endpoint is asked, and when it is asked again."""
