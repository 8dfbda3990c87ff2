"""Names in place of ids, in what is given and in what is answered: fields, options, users, pipelines, stages, labels, activity types."""
