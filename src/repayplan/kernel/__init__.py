"""Arrays in, arrays out: the only place that loops over periods. Knows no classes, files or policies."""
