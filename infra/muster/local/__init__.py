"""The local cloud: MiniStack with the templates that AWS gets, and in process what API Gateway and Lambda do there."""
