"""The data of the page that `report` writes."""
