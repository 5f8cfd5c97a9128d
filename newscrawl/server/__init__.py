"""The embedded S3 server (SeaweedFS), for who has no bucket of their own."""
