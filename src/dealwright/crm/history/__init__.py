"""Reading of the change log, and merging and purging of records, across wings."""
