"""Programs outside that take what was found: receivers of OpenTelemetry, MLflow."""
