"""The protocols that AWS clients speak, driven by the service models of botocore.

Nothing here knows what an operation means. A `Wire` turns an HTTP request into a `ServiceCall`, gives it to a backend,
and turns the result, or the `Fault` that the backend raised, into an HTTP response.
"""
