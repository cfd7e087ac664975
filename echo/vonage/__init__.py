"""The provider's REST API: tokens of an application, requests, and who sends them."""
