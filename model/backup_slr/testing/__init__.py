"""For other people's tests: the model beside an implementation, suites of tests, a pytest plugin."""
