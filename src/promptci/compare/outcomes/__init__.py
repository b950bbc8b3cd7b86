"""Results summed up as they come in: scores, classes, tags, costs, reasons and steps."""
