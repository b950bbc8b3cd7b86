"""Commands that compare two sides and judge the change."""
