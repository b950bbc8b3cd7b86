"""Who answers: hosted endpoints and the embedded models."""
