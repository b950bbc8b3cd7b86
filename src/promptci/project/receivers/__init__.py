"""What stands outside and takes what was found: receivers of OpenTelemetry, MLflow."""
