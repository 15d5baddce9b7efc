"""Tables of logged signals made into bags: their text, their units, their columns."""
