"""The bucket: key layout, schemas, writer, reader and the embedded server. The only code that knows S3."""
