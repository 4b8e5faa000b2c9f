"""Generic machinery: the language of models, and all questions about a model. It does not depend on AWS."""
