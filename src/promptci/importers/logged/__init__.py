"""Logs of calls to models, in the forms of APIs, proxies, frameworks and traces."""
