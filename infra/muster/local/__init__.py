"""The local cloud: MiniStack with the deployed templates; API Gateway and Lambda are emulated in process."""
