"""The archive's format in an S3 bucket: keys, schemas, batches, commit records."""
